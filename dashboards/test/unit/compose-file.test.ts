/** docker compose is not needed: the file is parsed, and everything that it mounts is looked at. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { REPOSITORY_ROOT, readFromRepository } from "../repository-root.js";

interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly profiles?: readonly string[];
}
interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly environment: string }>>;
}

interface ScrapeConfiguration {
  readonly rule_files: readonly string[];
  readonly global: { readonly scrape_native_histograms: boolean };
  readonly scrape_configs: readonly {
    readonly static_configs: readonly { readonly targets: readonly string[] }[];
  }[];
}

const text = readFromRepository("docker-compose.yml");
const compose = parse(text) as ComposeFile;
const services = Object.entries(compose.services);

/** Images of one program without a shell, and a program that runs once and ends. */
const WITHOUT_HEALTHCHECK = new Set(["collector", "tempo", "k6"]);

test("the stack has what it says it has", () => {
  assert.deepEqual(Object.keys(compose.services).sort(), [
    "collector",
    "grafana",
    "k6",
    "postgres",
    "postgres-replica",
    "prometheus",
    "redis",
    "tempo",
    "users",
  ]);
  const optional = services.filter(([, service]) => service.profiles !== undefined).map(([name]) => name);
  assert.deepEqual(optional.sort(), ["collector", "k6", "tempo"]);
});

for (const [name, service] of services) {
  test(`${name}: the image is pinned to a version`, () => {
    assert.match(service.image, /:v?\d+\.\d+(\.\d+)?[\w.-]*$/);
  });

  test(`${name}: ports are bound to this machine alone`, () => {
    for (const port of service.ports ?? []) assert.match(port, /^127\.0\.0\.1:\d+:\d+$/);
  });

  test(`${name}: it is known whether it is well`, () => {
    assert.equal(service.healthcheck === undefined, WITHOUT_HEALTHCHECK.has(name));
  });

  test(`${name}: whom it waits for is there, and can tell that it is well`, () => {
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      assert.ok(compose.services[other] !== undefined, other);
      assert.equal(condition === "service_healthy", !WITHOUT_HEALTHCHECK.has(other), other);
    }
  });

  test(`${name}: every mounted path exists and parses`, () => {
    for (const volume of service.volumes ?? []) {
      const [source = "", target, mode] = volume.split(":");
      assert.ok(target?.startsWith("/"), volume);
      if (!source.startsWith("./")) {
        assert.ok(source in compose.volumes, `${source} is no declared volume`);
        continue;
      }
      assert.equal(mode, "ro", `${volume} could be written to`);
      assertParses(join(REPOSITORY_ROOT, source));
    }
  });
}

function assertParses(path: string): void {
  assert.ok(existsSync(path), `${path} is missing`);
  if (statSync(path).isDirectory()) {
    for (const name of readdirSync(path)) assertParses(join(path, name));
  } else if (path.endsWith(".yml")) {
    assert.equal(typeof parse(readFileSync(path, "utf8")), "object", path);
  } else if (path.endsWith(".json") && !path.includes("tsconfig")) {
    JSON.parse(readFileSync(path, "utf8"));
  } else if (path.endsWith(".sh")) {
    execFileSync("bash", ["-n", path]);
    assert.ok((statSync(path).mode & 0o111) !== 0, `${path} is not executable`);
  }
}

test("no password has a default: each comes from .env, and the example names all of them", () => {
  const required = new Set([...text.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name));
  const example = readFromRepository("dashboards/stack/.env.example");
  const named = new Set([...example.matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => `${name}=${value}`));
  assert.deepEqual(named, new Set([...required].map((name) => `${name}=`)));
  for (const [, variable, fallback] of text.matchAll(/\$\{(\w*(?:PASSWORD|TOKEN|SECRET)\w*)(:-[^}]*)?\}/g)) {
    assert.equal(fallback, undefined, variable);
  }
  for (const [name, service] of services) {
    for (const [variable, value] of Object.entries(service.environment ?? {})) {
      if (/PASSWORD|TOKEN|AUTH$/.test(variable)) assert.match(value, /^\$\{\w+:\?/, `${name} ${variable}`);
    }
  }
});

test("the service's image is built from files that are there", () => {
  const build = compose.services.users?.build;
  assert.ok(build !== undefined);
  const dockerfile = readFromRepository(build.dockerfile);
  assert.ok(existsSync(join(REPOSITORY_ROOT, `${build.dockerfile}.dockerignore`)));
  assert.match(dockerfile, /^FROM node:\d+\.\d+\.\d+-/m);
  assert.match(dockerfile, /^USER node$/m);
  for (const [, sources = ""] of dockerfile.matchAll(/^COPY (.+) \S+$/gm)) {
    for (const source of sources.split(" ")) assert.ok(existsSync(join(REPOSITORY_ROOT, source)), source);
  }
  const program = /CMD \["node", "(.+)"\]/
    .exec(dockerfile)?.[1]
    ?.replace("/build/", "/")
    .replace(/\.js$/, ".ts");
  assert.ok(program !== undefined && existsSync(join(REPOSITORY_ROOT, program)), program);
});

test("Prometheus takes exemplars, remote write and OTLP, and finds its rules where they are mounted", () => {
  const prometheus = compose.services.prometheus;
  for (const flag of [
    "--enable-feature=exemplar-storage",
    "--web.enable-remote-write-receiver",
    "--web.enable-otlp-receiver",
  ]) {
    assert.ok(prometheus?.command?.includes(flag), flag);
  }
  assert.ok(prometheus?.volumes?.some((volume) => volume.includes("/rules:/etc/prometheus/rules:")));
  const configuration = parse(
    readFromRepository("dashboards/prometheus/prometheus.yml"),
  ) as ScrapeConfiguration;
  assert.deepEqual(configuration.rule_files, ["rules/*.yml"]);
  assert.equal(configuration.global.scrape_native_histograms, true);
  const scraped = configuration.scrape_configs.flatMap((job) =>
    job.static_configs.flatMap((entry) => entry.targets),
  );
  assert.ok(scraped.includes("users:9464"));
});

test("k6 is the version that continuous integration tests with", () => {
  const [, version] = /^K6_VERSION=v(\S+)$/m.exec(readFromRepository(".ci/run")) ?? [];
  assert.equal(compose.services.k6?.image, `grafana/k6:${version}`);
});

test("what Prometheus scrapes is not sent to it by OTLP as well", () => {
  const configuration = parse(
    readFromRepository("dashboards/prometheus/prometheus.yml"),
  ) as ScrapeConfiguration;
  const scraped = configuration.scrape_configs
    .flatMap((job) => job.static_configs.flatMap((entry) => entry.targets))
    .map((target) => target.split(":")[0] ?? "")
    .filter((name) => "OTEL_EXPORTER_OTLP_ENDPOINT" in (compose.services[name]?.environment ?? {}));
  assert.deepEqual(scraped, ["users"]);
  for (const name of scraped) {
    assert.equal(compose.services[name]?.environment?.OTEL_METRICS_EXPORTER, "none", name);
  }
});

test("Prometheus' alerts are in Grafana's own list, and Prometheus loads them", () => {
  const sources = parse(
    readFromRepository("dashboards/grafana/provisioning/datasources/datasources.yml"),
  ) as { datasources: { type: string; jsonData?: { manageAlerts?: boolean } }[] };
  const prometheus = sources.datasources.find((source) => source.type === "prometheus");
  assert.equal(prometheus?.jsonData?.manageAlerts, true);
  const mounted = compose.services.prometheus?.volumes?.find((volume) =>
    volume.includes(":/etc/prometheus/rules:"),
  );
  assert.ok(existsSync(join(REPOSITORY_ROOT, mounted?.split(":")[0] ?? "", "alerts.yml")));
});

test("Grafana finds its data sources by the names that other services have, and its dashboards where they are mounted", () => {
  const provisioning = "dashboards/grafana/provisioning";
  const sources = parse(readFromRepository(`${provisioning}/datasources/datasources.yml`)) as {
    datasources: {
      uid: string;
      url: string;
      jsonData?: { exemplarTraceIdDestinations: { datasourceUid: string }[] };
    }[];
  };
  const uids = sources.datasources.map((source) => source.uid);
  for (const source of sources.datasources) {
    assert.ok(new URL(source.url).hostname in compose.services, source.url);
    for (const destination of source.jsonData?.exemplarTraceIdDestinations ?? []) {
      assert.ok(uids.includes(destination.datasourceUid));
    }
  }
  const providers = parse(readFromRepository(`${provisioning}/dashboards/dashboards.yml`)) as {
    providers: { options: { path: string } }[];
  };
  const mounted = compose.services.grafana?.volumes?.map((volume) => volume.split(":")[1]);
  for (const provider of providers.providers) assert.ok(mounted?.includes(provider.options.path));
});
