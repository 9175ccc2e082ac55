/** Runs the load command as a user would, and returns what it recorded. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY_ROOT } from "./repository-root.js";

const COMMAND = join(REPOSITORY_ROOT, "loadtests/bin/loopscope.js");

/** What the dashboards are held against, of `run.json`. */
export interface RecordedRun {
  readonly client: {
    readonly requests: { readonly completed: number; readonly failed: number };
    readonly latencyMs: { readonly p95: number };
    readonly metrics: Readonly<Record<string, { readonly values: Readonly<Record<string, number>> }>>;
  };
  readonly thresholds: readonly { readonly metric: string; readonly ok: boolean }[];
}

export interface LoadRun {
  /** The load script, in k6's language. */
  readonly script: string;
  readonly folder: string;
  readonly testId: string;
  /** Where the run's metrics are pushed. */
  readonly prometheusUrl: string;
  /** Becomes `__ENV.BASE`. */
  readonly baseUrl: string;
}

/** Resolves when the command has ended with exit code 0. */
export async function loopscopeRun(run: LoadRun): Promise<RecordedRun> {
  const script = join(run.folder, `${run.testId}.js`);
  const out = join(run.folder, run.testId);
  writeFileSync(script, run.script);
  const parts = [
    "run",
    script,
    "--env",
    `BASE=${run.baseUrl}`,
    "--tag",
    `testid=${run.testId}`,
    "--out",
    out,
  ];
  const child = spawn(process.execPath, [COMMAND, ...parts], {
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      ...process.env,
      NO_COLOR: "1",
      GITHUB_ACTIONS: "",
      K6_PROMETHEUS_RW_SERVER_URL: `${run.prometheusUrl}/api/v1/write`,
      K6_PROMETHEUS_RW_PUSH_INTERVAL: "1s",
      K6_PROMETHEUS_RW_STALE_MARKERS: "false",
    },
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const [code] = (await once(child, "close")) as [number | null];
  assert.equal(code, 0, said);
  return JSON.parse(readFileSync(join(out, "run.json"), "utf8")) as RecordedRun;
}
