/** Starts the machine's own Prometheus with our rules, on loopback, with its data in a folder of its own. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";

export interface ScrapedService {
  readonly name: string;
  /** `host:port` of each agent. */
  readonly agents: readonly string[];
}

export interface PrometheusOptions {
  readonly program: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Configuration and data go here. */
  readonly folder: string;
  readonly services: readonly ScrapedService[];
  /** Seconds between two scrapes, 1 to 15: the rules look back a minute. */
  readonly scrapeSeconds: number;
  /** Patterns of rule files; without it, the package's own. */
  readonly ruleFiles?: readonly string[];
}

export interface RunningPrometheus {
  readonly process: ChildProcess;
  readonly url: string;
}

const START_ATTEMPTS = 300;
const ATTEMPT_MS = 100;

/** From dashboards/build/src/stack to the package's rules. */
const OWN_RULES = fileURLToPath(new URL("../../../prometheus/rules/*.yml", import.meta.url));

/**
 * Resolves when it is ready to answer queries.
 * @throws Error with its last words where it ends before.
 */
export async function startPrometheus(options: PrometheusOptions): Promise<RunningPrometheus> {
  const configuration = join(options.folder, "prometheus.yml");
  writeFileSync(configuration, prometheusConfiguration(options));
  const port = options.port === 0 ? await freePort() : options.port;
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(
    options.program,
    [
      `--config.file=${configuration}`,
      `--storage.tsdb.path=${join(options.folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--enable-feature=exemplar-storage",
      "--web.enable-remote-write-receiver",
      ...(majorVersion(options.program) >= 3 ? ["--web.enable-otlp-receiver"] : []),
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let lastWords = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    lastWords = (lastWords + text).slice(-2000);
  });
  let ended = false;
  child.once("exit", () => {
    ended = true;
  });
  child.once("error", (error) => {
    ended = true;
    lastWords = error.message;
  });
  for (let attempt = 0; attempt < START_ATTEMPTS; attempt++) {
    if (ended) throw new Error(`Prometheus ended: ${lastWords}`);
    if (await isReady(url)) return { process: child, url };
    await pause(ATTEMPT_MS);
  }
  child.kill("SIGKILL");
  throw new Error(`Prometheus was not ready within half a minute: ${lastWords}`);
}

function prometheusConfiguration(options: PrometheusOptions): string {
  return stringify({
    global: {
      scrape_interval: `${options.scrapeSeconds}s`,
      scrape_timeout: `${options.scrapeSeconds}s`,
      evaluation_interval: "15s",
    },
    rule_files: options.ruleFiles ?? [OWN_RULES],
    storage: { exemplars: { max_exemplars: 100_000 } },
    scrape_configs: options.services.map((service) => ({
      job_name: service.name,
      static_configs: [{ targets: service.agents, labels: { service_name: service.name } }],
    })),
  });
}

function majorVersion(program: string): number {
  const said = execFileSync(program, ["--version"], { encoding: "utf8" });
  // A build from the Go module alone does not know its version; those are recent.
  return Number(/version (\d+)\./.exec(said)?.[1] ?? 3);
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/-/ready`)).ok;
  } catch {
    return false;
  }
}

/** Prometheus does not say which port it got for 0, so one is looked for beforehand. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
