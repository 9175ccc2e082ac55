/** Runs autocannon 9.0.0 in this thread, with its connection and its recording replaced. */

import { performance } from "node:perf_hooks";
import autocannon, { type Client, type Options } from "autocannon";
import { epochMs, monotonicMs } from "../../clock.js";
import { SendTogether, TOGETHER_FROM_CONNECTIONS } from "../send-together.js";
import { BenchConnection } from "./bench-connection.js";
import type { BenchOptions } from "./bench-options.js";
import { type BenchMeasurement, BenchRecorder, type BenchTotals } from "./bench-recorder.js";

const INTERVAL_MS = 1000;
/** autocannon notices its end only at the end of a sample: short samples end it soon. */
const SAMPLE_MS = 50;
/** autocannon's own duration only has to outlast ours. */
const FOREVER_SECONDS = 2_000_000;

export interface BenchThreadListener {
  /** The measurement begins, warm-up excluded. Epoch milliseconds. */
  onStart(at: number): void;
  onInterval(at: number, durationMs: number, measurement: BenchMeasurement, utilization: number): void;
}

/** @param signal aborting it ends the load at once. */
export async function runBenchThread(
  options: BenchOptions,
  listener: BenchThreadListener,
  signal: AbortSignal,
): Promise<{ totals: BenchTotals; endedAt: number }> {
  const connections: BenchConnection[] = [];
  const recorder = new BenchRecorder(monotonicMs(), epochMs() - monotonicMs());
  const tracker = autocannon(autocannonOptions(options, recorder, connections));
  const timers = startTimers(options, recorder, connections, listener, signal);
  const ended = new Promise<void>((resolve, reject) => tracker.then(() => resolve(), reject));
  await Promise.race([timers.ended, ended]);
  // In flight now means unfinished: it is recorded before autocannon throws its connections away.
  for (const connection of connections) connection.stop();
  timers.stop();
  const result = { totals: recorder.totals(monotonicMs()), endedAt: epochMs() };
  tracker.stop();
  await ended;
  return result;
}

function autocannonOptions(
  options: BenchOptions,
  recorder: BenchRecorder,
  connections: BenchConnection[],
): Options {
  const together = options.connections >= TOGETHER_FROM_CONNECTIONS ? new SendTogether() : null;
  return {
    url: options.url,
    connections: options.connections,
    pipelining: options.pipelining,
    method: options.method,
    headers: options.headers,
    sampleInt: SAMPLE_MS,
    timeout: Math.max(1, Math.ceil(options.timeoutMs / 1000)),
    idReplacement: options.idReplacement,
    skipAggregateResult: true,
    histograms: { latencies: unusedHistogram },
    ...(options.amount === null ? { duration: FOREVER_SECONDS } : { amount: options.amount }),
    ...(options.body === null ? {} : { body: options.body }),
    // The iterator writes into the requests that it is given: each connection gets its own.
    ...(options.requests === null ? {} : { requests: structuredClone(options.requests) }),
    ...(options.har === null ? {} : { har: options.har }),
    ...(options.reconnectRate === 0 ? {} : { reconnectRate: options.reconnectRate }),
    ...(options.socketPath === null ? {} : { socketPath: options.socketPath }),
    ...(options.servername === null ? {} : { servername: options.servername }),
    setupClient: (client) => {
      const connection = new BenchConnection(client, recorder, options, together);
      connections.push(connection);
      replaceConnection(client, connection);
    },
  };
}

/**
 * Runs inside autocannon's constructor, before it connects: what it calls from then on is ours. Its timeout
 * ticker exists by then and must not fire: ours gives up requests, not whole connections.
 */
function replaceConnection(client: Client, connection: BenchConnection): void {
  client._connect = () => {
    client.timeoutTicker.clear();
    connection.connect();
  };
  client._doRequest = () => undefined;
  client._destroyConnection = () => connection.stop();
}

/** Stands where autocannon records whole milliseconds; `__custom` keeps it from being encoded. */
const unusedHistogram = { __custom: true, recordValue: () => undefined, destroy: () => undefined };

interface ThreadTimers {
  readonly ended: Promise<void>;
  stop(): void;
}

function startTimers(
  options: BenchOptions,
  recorder: BenchRecorder,
  connections: readonly BenchConnection[],
  listener: BenchThreadListener,
  signal: AbortSignal,
): ThreadTimers {
  const timers: NodeJS.Timeout[] = [];
  let intervalStartedAt = 0;
  let utilization = performance.eventLoopUtilization();
  const report = (): void => {
    const at = epochMs();
    const now = performance.eventLoopUtilization();
    const busy = performance.eventLoopUtilization(now, utilization).utilization;
    utilization = now;
    listener.onInterval(at, at - intervalStartedAt, recorder.takeInterval(monotonicMs()), busy);
    intervalStartedAt = at;
  };
  const ended = new Promise<void>((resolve) => {
    const begin = (): void => {
      recorder.reset(monotonicMs());
      intervalStartedAt = epochMs();
      listener.onStart(intervalStartedAt);
      timers.push(setInterval(report, INTERVAL_MS));
      if (options.durationMs !== null) timers.push(setTimeout(resolve, options.durationMs));
    };
    if (options.warmupMs > 0) timers.push(setTimeout(begin, options.warmupMs));
    else begin();
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve());
  });
  const sweepMs = Math.min(100, Math.max(5, options.timeoutMs / 100));
  const sweep = (): void => {
    const nowMs = monotonicMs();
    for (const connection of connections) connection.sweep(nowMs);
  };
  timers.push(setInterval(sweep, sweepMs));
  return {
    ended,
    stop: () => {
      for (const timer of timers) clearTimeout(timer);
      // The rest of the last second, so that the intervals add up to the whole.
      if (intervalStartedAt > 0) report();
    },
  };
}
