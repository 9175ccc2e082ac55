/** The generator's audit of itself: reasons not to believe a run's figures, each with its own figure. */

import { type HistogramSnapshot, histogramFromSnapshot } from "@loopscope/agent/catalog";

export interface TrustEvidence {
  readonly model: "open" | "closed";
  /** Seconds of load whose generator event loop was busier than `BUSY_UTILIZATION`, and all seconds. */
  readonly busySeconds: number;
  readonly seconds: number;
  /** Whose seconds those are (`thread 2 of 3`); null when one thread drives the load. */
  readonly busiestThread: string | null;
  /** How late requests left, microseconds. */
  readonly scheduleSlip: HistogramSnapshot;
  readonly serviceTime: HistogramSnapshot;
  readonly meanInFlight: number;
  readonly durationSeconds: number;
  readonly requests: {
    readonly started: number;
    readonly dropped: number;
    readonly completed: number;
    readonly timedOut: number;
    readonly unfinished: number;
  };
  /** Frames of the agent that never arrived; 0 without an agent. */
  readonly missingFrames: number;
}

/** A generator this busy measures its own queue. */
export const BUSY_UTILIZATION = 0.9;
const MOST_BUSY_SHARE = 0.2;
/** Requests that leave later than this are no longer the load that was asked for. Milliseconds. */
const MOST_SLIP_MS = 25;
const MOST_LITTLE_RESIDUAL = 0.1;
/** Little's law needs enough requests for its averages to mean something. */
const MIN_LITTLE_REQUESTS = 100;
const MIN_LITTLE_IN_FLIGHT = 0.5;
const MOST_MISSING_FRAMES = 2;

export function auditTrust(evidence: TrustEvidence): { readonly ok: boolean; readonly reasons: string[] } {
  const reasons = [
    busyReason(evidence),
    slipReason(evidence),
    droppedReason(evidence),
    littleReason(evidence),
    missingFramesReason(evidence),
  ].filter((reason) => reason !== undefined);
  return { ok: reasons.length === 0, reasons };
}

function busyReason({ busySeconds, seconds, busiestThread }: TrustEvidence): string | undefined {
  if (seconds === 0 || busySeconds / seconds <= MOST_BUSY_SHARE) return undefined;
  const whose =
    busiestThread === null
      ? "the generator's event loop"
      : `the event loop of the generator's ${busiestThread}`;
  return (
    `${whose} was over ${BUSY_UTILIZATION * 100} % busy in ${wholeSeconds(busySeconds)} of ${wholeSeconds(seconds)} ` +
    "seconds: latencies include its own queue; use fewer virtual users or more threads (run --threads, bench --workers)"
  );
}

/** At least 1: there was one. */
function wholeSeconds(seconds: number): number {
  return Math.max(1, Math.round(seconds));
}

function slipReason({ model, scheduleSlip }: TrustEvidence): string | undefined {
  if (model === "closed" || scheduleSlip.count === 0) return undefined;
  const slipMs = histogramFromSnapshot(scheduleSlip).quantile(0.99) / 1000;
  if (slipMs <= MOST_SLIP_MS) return undefined;
  return `1 % of the requests left ${slipMs.toFixed(0)} ms late or more: the generator did not keep its timetable`;
}

function droppedReason({ requests: { dropped } }: TrustEvidence): string | undefined {
  if (dropped === 0) return undefined;
  return `${dropped} iterations were dropped because no virtual user was free: raise maxVUs, or the load is less than was asked for`;
}

/** Little's law, L = X R: requests in flight must equal the rate times the time each takes. */
function littleReason(evidence: TrustEvidence): string | undefined {
  const { serviceTime, meanInFlight, durationSeconds } = evidence;
  if (serviceTime.count < MIN_LITTLE_REQUESTS || durationSeconds <= 0) return undefined;
  const expected = serviceTime.sum / 1e6 / durationSeconds;
  if (Math.max(expected, meanInFlight) < MIN_LITTLE_IN_FLIGHT) return undefined;
  const residual = Math.abs(expected - meanInFlight) / Math.max(expected, meanInFlight);
  if (residual <= MOST_LITTLE_RESIDUAL) return undefined;
  return (
    `Little's law is off by ${(residual * 100).toFixed(0)} %: ${meanInFlight.toFixed(1)} requests were in flight, ` +
    `rate times time makes ${expected.toFixed(1)}; requests are missing from the measurement`
  );
}

function missingFramesReason({ missingFrames }: TrustEvidence): string | undefined {
  if (missingFrames <= MOST_MISSING_FRAMES) return undefined;
  return `${missingFrames} seconds of the agent's measurements never arrived`;
}
