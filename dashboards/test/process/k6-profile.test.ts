/** The stack's profile `k6`, its own command on the real k6: what it pushes is what the dashboard Load run reads. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { startObservedService } from "../../src/stack/observed-service.js";
import { startPrometheus } from "../../src/stack/prometheus-process.js";
import { instantQuery, prometheusProgram, WITHOUT_PROMETHEUS, withAllChosen } from "../prometheus-access.js";
import { REPOSITORY_ROOT, readFromRepository } from "../repository-root.js";
import { panelNamed } from "../shown-series.js";

const K6 = process.env.K6_BIN ?? "k6";
const WITHOUT_K6 =
  spawnSync(K6, ["version"]).status === 0 ? false : "the k6 binary is not installed (K6_BIN)";
const USERS_SERVICE = join(REPOSITORY_ROOT, "loadtests/build/targets/users/server.js");

interface Profile {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Addresses and folders of containers become those of this machine. */
function onThisMachine(serviceUrl: string, prometheusUrl: string): Profile {
  const compose = parse(readFromRepository("docker-compose.yml")) as { services: { k6: Profile } };
  const translate = (text: string) =>
    text
      .replaceAll("http://users:8080", serviceUrl)
      .replaceAll("http://prometheus:9090", prometheusUrl)
      .replace(/^\/scenarios\//, `${join(REPOSITORY_ROOT, "loadtests/scenarios")}/`)
      .replace(/\$\{\w+:-(\w+)\}/g, "$1");
  const { command, environment } = compose.services.k6;
  return {
    command: command.map(translate),
    environment: Object.fromEntries(
      Object.entries(environment).map(([name, value]) => [name, translate(value)]),
    ),
  };
}

test("the k6 profile's run shows on Load run, each request apart", {
  skip: WITHOUT_PROMETHEUS || WITHOUT_K6,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "loopscope-k6-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const service = await startObservedService([process.execPath, USERS_SERVICE], folder, {
    prometheusProgram: null,
    prometheusPort: 0,
    serviceName: "users",
    environment: { ...process.env, PORT: "0", LOOPSCOPE_PORT: "0" },
  });
  t.after(async () => {
    const ended = once(service.process, "exit");
    service.process.kill("SIGTERM");
    await ended;
  });
  const prometheus = await startPrometheus({
    program: prometheusProgram ?? "",
    port: 0,
    folder,
    services: [],
    scrapeSeconds: 15,
  });
  t.after(() => prometheus.process.kill("SIGKILL"));

  const profile = onThisMachine(service.url, prometheus.url);
  const k6 = spawn(K6, profile.command, {
    env: { ...process.env, ...profile.environment },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  k6.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const [code] = (await once(k6, "close")) as [number | null];
  assert.equal(code, 0, said);

  const at = async (panel: string, query: number) => {
    const { vector } = panelNamed("Load run", panel).queries[query] ?? assert.fail(panel);
    // The series end with the run: what they showed last.
    const shown = withAllChosen(vector.promql, 20, 300).replaceAll(
      /(k6_\w+\{[^}]*\})(?!\[)/g,
      "last_over_time($1[2m])",
    );
    return instantQuery(prometheus.url, shown);
  };
  const names = (await at("Client p95 by request", 0)).map(({ metric }) => metric.name).sort();
  assert.deepEqual(names.slice(0, 2), ["GET /healthz", "GET /products"]);
  assert.ok(names.includes("POST /users"), names.join(", "));
  for (const query of [0, 1, 2]) {
    const [series] = await at("Latency, client and server", query);
    assert.equal(series?.metric.testid, "k6");
    assert.ok(Number(series?.value?.[1]) > 0);
  }
  for (const query of [0, 1])
    assert.equal((await at("Failed requests and checks", query))[0]?.value?.[1], "0");
});
