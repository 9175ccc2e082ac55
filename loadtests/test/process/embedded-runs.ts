/** Runs load scripts on the embedded engine, for tests. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { OptionOverrides } from "../../src/engine/embedded/options/script-options.js";
import { prepareScript } from "../../src/engine/embedded/prepare-script.js";
import type {
  AbortReason,
  ClientInterval,
  EngineResult,
  MetricSelector,
  PreparedLoad,
} from "../../src/engine/engine.js";

const TEST_FOLDER = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../../test");

export const fixturePath = (name: string): string => path.join(TEST_FOLDER, "fixtures", name);
export const scriptFolder = path.join(TEST_FOLDER, "scripts");

export interface FinishedRun {
  readonly load: PreparedLoad;
  readonly result: EngineResult;
  readonly intervals: readonly ClientInterval[];
  readonly lines: readonly string[];
}

export interface RunSettings {
  readonly env?: Readonly<Record<string, string>>;
  readonly overrides?: OptionOverrides;
  /** 1 when left out. */
  readonly threads?: number;
  /** Parts to keep beside those of the thresholds. */
  readonly selectors?: readonly MetricSelector[];
  /** Called with a way to abort, once the load has begun. */
  readonly onStart?: (abort: (reason: AbortReason) => void) => void;
}

/** Prepares and runs a script to its end, keeping the parts of metrics that its thresholds name. */
export async function runScript(scriptPath: string, settings: RunSettings = {}): Promise<FinishedRun> {
  const load = await prepareScript({
    scriptPath,
    env: settings.env ?? {},
    overrides: settings.overrides ?? {},
    threads: settings.threads ?? 1,
  });
  const intervals: ClientInterval[] = [];
  const lines: string[] = [];
  const controller = new AbortController();
  const result = await load.run(
    {
      onLoadStart: () => settings.onStart?.((reason) => controller.abort(reason)),
      onInterval: (interval) => intervals.push(interval),
      onConsole: (level, message) => lines.push(`${level}: ${message}`),
    },
    [...load.thresholds.map(({ metric }) => selectorOf(metric)), ...(settings.selectors ?? [])],
    controller.signal,
  );
  return { load, result, intervals, lines };
}

export function selectorOf(metric: string): MetricSelector {
  const parts = /^([^{]+)\{(.*)\}$/.exec(metric);
  if (parts === null) return { name: metric, tags: {} };
  const tags = Object.fromEntries(
    (parts[2] ?? "").split(",").map((pair) => {
      const colon = pair.indexOf(":");
      return [pair.slice(0, colon).trim(), pair.slice(colon + 1).trim()];
    }),
  );
  return { name: parts[1] ?? "", tags };
}

export interface FixtureServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** What it has printed so far; all of it once it has stopped. */
  readonly lines: readonly string[];
  stop(): Promise<void>;
}

/** Starts a fixture that prints its port on its first line. */
export async function startFixture(name: string, ...args: string[]): Promise<FixtureServer> {
  const child: ChildProcess = spawn(process.execPath, [fixturePath(name), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (child.stdout === null) throw new Error("the fixture has no output");
  const lines: string[] = [];
  const output = createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  const [port] = (await once(output, "line")) as [string];
  return {
    url: `http://127.0.0.1:${port}`,
    lines,
    async stop() {
      const closed = once(child, "close");
      child.kill("SIGKILL");
      await closed;
    },
  };
}
