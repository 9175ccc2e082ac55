/** The real OpenTelemetry Collector, with OTLP over HTTP in front and a file behind. */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "./free-port";

/** The program: OTELCOL_BIN. Continuous integration builds it from .ci/otel-collector. */
const COLLECTOR = process.env.OTELCOL_BIN ?? "otelcol";
const READY_MS = 20_000;

/** For a test's `skip`: false where the collector answers, otherwise why nothing is tested. */
export const noCollector: false | string =
  spawnSync(COLLECTOR, ["--version"]).status === 0
    ? false
    : "the OpenTelemetry Collector is not installed (OTELCOL_BIN)";

export interface RunningCollector {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly endpoint: string;
  /** What it received and passed on, each request as OTLP's JSON, oldest first. */
  written(): readonly string[];
  /** What it said of itself at the levels warn and error. */
  complaints(): readonly string[];
}

export async function startCollector(t: TestContext): Promise<RunningCollector> {
  const folder = mkdtempSync(path.join(tmpdir(), "loopscope-collector-"));
  const file = path.join(folder, "received.json");
  const port = await freePort();
  const settings = {
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
    exporters: { file: { path: file, flush_interval: "100ms" } },
    service: {
      telemetry: { metrics: { level: "none" }, logs: { encoding: "json" } },
      pipelines: {
        metrics: { receivers: ["otlp"], exporters: ["file"] },
        logs: { receivers: ["otlp"], exporters: ["file"] },
      },
    },
  };
  writeFileSync(path.join(folder, "settings.yaml"), JSON.stringify(settings));
  const server = spawn(COLLECTOR, ["--config", `file:${path.join(folder, "settings.yaml")}`], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  server.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  t.after(async () => {
    server.kill("SIGKILL");
    if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
    rmSync(folder, { recursive: true, force: true });
  });
  const deadline = performance.now() + READY_MS;
  while (!said.includes("Everything is ready")) {
    if (performance.now() > deadline || server.exitCode !== null) throw new Error(`no collector: ${said}`);
    await delay(20);
  }
  return {
    endpoint: `http://127.0.0.1:${port}`,
    written: () => {
      if (!existsSync(file)) return [];
      // The last line may be half written.
      return readFileSync(file, "utf8").split("\n").slice(0, -1);
    },
    complaints: () => said.split("\n").filter((line) => /"level":"(warn|error)"/.test(line)),
  };
}
