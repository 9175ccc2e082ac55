/** Which wrapped call, or sum of calls, took most of a block. Pure. */
import type { BlockReport, NativeCall, StackSample } from "./block-report";
import { functionOf, isNamed } from "./stack-profile";

/** An interrupt is served within a few milliseconds; later, a call that cannot be interrupted held it up. */
export const LATE_MS = 10;

export interface NativeTotal {
  readonly name: string;
  readonly totalMs: number;
  /** Null when all calls were too short to be remembered: then the samples name the caller. */
  readonly longest: NativeCall | null;
  /** 0 without a longest. */
  readonly longestMs: number;
}

/** The wrapped function whose calls took most of the block, provided they took half of it. */
export function heaviestNativeCall(report: BlockReport, samples: readonly StackSample[]): NativeTotal | null {
  const totals = new Map<string, { totalMs: number; longest: NativeCall | null; longestMs: number }>();
  for (const { name, totalMs } of report.briefCalls)
    totals.set(name, { totalMs, longest: null, longestMs: 0 });
  for (const call of report.nativeCalls) {
    const durationMs = nativeDurationMs(call, report, samples);
    const total = totals.get(call.name) ?? { totalMs: 0, longest: null, longestMs: 0 };
    totals.set(call.name, total);
    total.totalMs += durationMs;
    if (durationMs > total.longestMs) [total.longest, total.longestMs] = [call, durationMs];
  }
  let best: NativeTotal | null = null;
  for (const [name, total] of totals) {
    if (total.totalMs > (best?.totalMs ?? report.durationMs / 2)) best = { name, ...total };
  }
  return best;
}

/** A call whose start nobody noted began, at the earliest, after the last sample of other code before it. */
function nativeDurationMs(call: NativeCall, report: BlockReport, samples: readonly StackSample[]): number {
  const endMs = Math.min(call.endMs, report.endMs);
  if (call.startMs !== null) return Math.max(0, endMs - Math.max(call.startMs, report.startMs));
  const other = samples.findLast(
    (sample) =>
      sample.capturedMs <= call.endMs &&
      latencyMs(sample) <= LATE_MS &&
      !sample.frames.some((frame) => frame.function === call.name),
  );
  return Math.max(0, endMs - Math.max(report.startMs, other?.capturedMs ?? report.startMs));
}

/**
 * Whether the call spent its time in functions of the application that it called back (the reviver of
 * JSON.parse, a function that a database calls): then those are to blame, and the samples show them.
 *
 * @param timely the samples that were served at once, as those in the application's own code are.
 */
export function ranCallbacks(native: NativeTotal, timely: readonly StackSample[]): boolean {
  const { longest } = native;
  const caller = longest?.frames.find(isNamed);
  if (longest === null || caller === undefined) return false;
  const within = timely.filter(
    ({ capturedMs }) => capturedMs <= longest.endMs && capturedMs >= (longest.startMs ?? 0),
  );
  const above = within.filter(({ frames }) => {
    const position = frames.findIndex((frame) => functionOf(frame) === functionOf(caller));
    return position > 0 && frames.slice(0, position).some(isNamed);
  });
  return above.length * 2 > within.length;
}

/** How long the blocked thread took to answer, milliseconds. */
export function latencyMs(sample: StackSample): number {
  return sample.capturedMs - sample.requestedMs;
}
