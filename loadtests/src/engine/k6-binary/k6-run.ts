/** One run of the k6 binary: its samples each second, its console, its end. */

import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { epochMs } from "../../clock.js";
import { recordedTrendStats } from "../../measure/metric-registry.js";
import type { AbortReason, EngineListener, EngineOutcome, EngineResult, MetricSelector } from "../engine.js";
import { type K6Request, k6Binary, k6Environment, k6Options } from "./k6-command.js";
import { K6Samples } from "./k6-samples.js";

const INTERVAL_MS = 1000;
/** After a first SIGINT k6 lets iterations end; after this a second one ends it at once. */
const INTERRUPT_GRACE_MS = 3000;

interface K6LogLine {
  readonly level?: string;
  readonly msg?: string;
  readonly source?: string;
  readonly hint?: string;
}

export async function runK6(
  request: K6Request,
  trendStats: readonly string[],
  listener: EngineListener,
  selectors: readonly MetricSelector[],
  signal: AbortSignal,
): Promise<EngineResult> {
  const samples = new K6Samples(selectors);
  const run = new K6Process(request, samples, listener);
  const exitCode = await run.toEnd(signal);
  samples.finish();
  const { recorder, registry } = samples;
  const endedAt = Number.isNaN(samples.lastAtMs) ? epochMs() : samples.lastAtMs;
  const startedAt = Number.isNaN(samples.firstAtMs) ? endedAt : samples.firstAtMs;
  return {
    outcome: outcomeOf(exitCode, signal, run.lastError),
    startedAt,
    endedAt,
    requests: { ...recorder.total, dropped: samples.dropped, unfinished: recorder.unfinished },
    iterations: { completed: samples.iterations, threw: run.exceptions },
    latency: recorder.latency.snapshot(),
    serviceTime: recorder.serviceTime.snapshot(),
    scheduleSlip: recorder.scheduleSlip.snapshot(),
    byName: recorder.byName(),
    errors: recorder.errors(),
    checks: samples.checks,
    metrics: registry.results(recordedTrendStats(trendStats)),
    source: registry,
    slowest: recorder.slowest(),
    sample: recorder.sample(),
    meanInFlight: recorder.meanInFlight(startedAt, endedAt),
    customSummary: null,
  };
}

class K6Process {
  exceptions = 0;
  lastError = "";
  readonly #child: ChildProcess;
  readonly #samples: K6Samples;
  readonly #listener: EngineListener;
  #hasStarted = false;
  #intervalEndedAt = 0;
  #droppedBefore = 0;
  readonly #killOnOurExit = (): void => {
    this.#child.kill("SIGKILL");
  };

  constructor(request: K6Request, samples: K6Samples, listener: EngineListener) {
    this.#samples = samples;
    this.#listener = listener;
    const quiet = ["--quiet", "--no-color", "--summary-mode=disabled", "--log-format=json"];
    const args = ["run", ...quiet, "--include-system-env-vars", "--out", "json=-", ...k6Options(request)];
    this.#child = spawn(k6Binary(request), [...args, request.scriptPath], {
      env: k6Environment(request),
      stdio: ["ignore", "pipe", "pipe"],
      // Its own group: Ctrl-C reaches k6 through us, once, and not also from the terminal.
      detached: process.platform !== "win32",
    });
    process.once("exit", this.#killOnOurExit);
  }

  /** The exit code, when all output has been read. */
  async toEnd(signal: AbortSignal): Promise<number | null> {
    const child = this.#child;
    let second: NodeJS.Timeout | undefined;
    const interrupt = (): void => {
      child.kill("SIGINT");
      second = setTimeout(() => child.kill("SIGINT"), INTERRUPT_GRACE_MS);
    };
    if (signal.aborted) interrupt();
    signal.addEventListener("abort", interrupt);
    const timer = setInterval(() => this.#reportInterval(), INTERVAL_MS);
    if (child.stdout !== null) {
      createInterface({ input: child.stdout }).on("line", (line) => this.#readSample(line));
    }
    if (child.stderr !== null) {
      createInterface({ input: child.stderr }).on("line", (line) => this.#readLog(line));
    }
    const code = await new Promise<number | null>((resolve) => {
      child.once("error", () => resolve(null));
      child.once("close", resolve);
    });
    clearInterval(timer);
    clearTimeout(second);
    signal.removeEventListener("abort", interrupt);
    process.removeListener("exit", this.#killOnOurExit);
    this.#samples.finish();
    this.#reportInterval();
    return code;
  }

  #readSample(line: string): void {
    this.#samples.readLine(line);
    if (this.#hasStarted || Number.isNaN(this.#samples.firstAtMs)) return;
    this.#hasStarted = true;
    this.#intervalEndedAt = this.#samples.firstAtMs;
    this.#listener.onLoadStart(this.#samples.firstAtMs, this.#samples.registry);
  }

  #readLog(text: string): void {
    let line: K6LogLine;
    try {
      line = JSON.parse(text) as K6LogLine;
    } catch {
      line = { level: "info", msg: text };
    }
    const level = ({ error: "error", warning: "warn", debug: "debug" } as const)[line.level ?? ""] ?? "info";
    if (line.hint === "script exception" && line.source === "stacktrace") this.exceptions += 1;
    if (level === "error") this.lastError = (line.msg ?? "").trim();
    this.#listener.onConsole(level, (line.msg ?? "").trimEnd());
  }

  #reportInterval(): void {
    if (!this.#hasStarted) return;
    const at = epochMs();
    const { recorder, dropped, vus, firstAtMs } = this.#samples;
    const interval = recorder.takeInterval();
    this.#listener.onInterval({
      at,
      durationMs: at - this.#intervalEndedAt,
      elapsedSeconds: (at - firstAtMs) / 1000,
      ...interval,
      droppedIterations: dropped - this.#droppedBefore,
      activeVus: vus,
      inFlight: recorder.inFlight,
      // k6 does not say; its processor time is not its event loop's.
      generatorUtilization: 0,
    });
    this.#intervalEndedAt = at;
    this.#droppedBefore = dropped;
  }
}

/** k6's exit codes (errext/exitcodes); thresholds are not among them, since Loopscope judges those. */
function outcomeOf(exitCode: number | null, signal: AbortSignal, lastError: string): EngineOutcome {
  if (signal.aborted) return { kind: "aborted", reason: signal.reason as AbortReason };
  const message = lastError === "" ? `k6 ended with exit code ${exitCode}` : lastError;
  switch (exitCode) {
    case 0:
      return { kind: "completed" };
    case 100:
      return { kind: "setup-timeout", message };
    case 101:
      return { kind: "teardown-timeout", message };
    case 105:
      return { kind: "aborted", reason: "interrupted" };
    case 108:
      return { kind: "test-aborted", message };
    case 110:
      return { kind: "test-failed", message };
    default:
      return { kind: "script-error", message };
  }
}
