/** What a block's samples say as a whole: turns that ended, queues they came from, what they were doing. Pure. */
import type { RawFrame, StackSample } from "./block-report";
import { isOfLoader } from "./stack-frames";

export interface SampleShape {
  readonly turnoverShare: number;
  readonly microtaskShare: number;
  readonly loadingShare: number;
  /** Longest time for which neighbouring samples prove that no task ended, milliseconds. */
  readonly longestTurnMs: number;
}

export function shapeOfSamples(samples: readonly StackSample[]): SampleShape {
  return {
    turnoverShare: turnoverShare(samples),
    microtaskShare: share(samples, (frames) => cameFromMicrotask(frames)),
    loadingShare: share(samples, (frames) => frames.some(isOfLoader)),
    longestTurnMs: longestTurnMs(samples),
  };
}

/** Fewer say nothing about how often tasks change. */
const MIN_SAMPLES = 3;

/** Share of neighbouring samples between which the task changed. */
function turnoverShare(samples: readonly StackSample[]): number {
  if (samples.length < MIN_SAMPLES) return 0;
  let changes = 0;
  for (let index = 1; index < samples.length; index++) {
    const [before, now] = [samples[index - 1], samples[index]];
    if (before?.turn !== now?.turn || before?.asyncId !== now?.asyncId) changes++;
  }
  return changes / (samples.length - 1);
}

/**
 * The outermost frame of a microtask or nextTick is Node's own queue, or nothing of Node's at all when V8
 * itself drains the queue after a callback.
 */
function cameFromMicrotask(frames: readonly RawFrame[]): boolean {
  const outermost = frames.findLast((frame) => frame.file !== null && !frame.awaits);
  if (outermost === undefined) return false;
  if (!outermost.file?.startsWith("node:")) return true;
  return outermost.file === "node:internal/process/task_queues";
}

function longestTurnMs(samples: readonly StackSample[]): number {
  let longest = 0;
  let start = samples[0];
  for (const sample of samples) {
    if (start === undefined || sample.turn !== start.turn || sample.asyncId !== start.asyncId) start = sample;
    longest = Math.max(longest, sample.capturedMs - start.requestedMs);
  }
  return longest;
}

/** Of the time that the samples stand for: they are taken less often the longer a block lasts. */
function share(samples: readonly StackSample[], holds: (frames: readonly RawFrame[]) => boolean): number {
  let heldMs = 0;
  let totalMs = 0;
  samples.forEach((sample, index) => {
    const sinceMs = (samples[index - 1] ?? sample).capturedMs;
    const untilMs = (samples[index + 1] ?? sample).capturedMs;
    // A sample alone stands for all; two of the same moment, for as much as each other.
    const standsForMs = Math.max(untilMs - sinceMs, Number.EPSILON);
    totalMs += standsForMs;
    if (holds(sample.frames)) heldMs += standsForMs;
  });
  return totalMs === 0 ? 0 : heldMs / totalMs;
}
