/** Turns a report and the samples taken meanwhile into the block that people see. Pure but for source maps. */
import type { Block, BlockConfidence, SampledStack, StackFrame } from "../catalog/block";
import { epochOf } from "../clock";
import { type CauseEvidence, causeOf } from "./block-cause";
import type { BlockReport, RawFrame, RequestIdentity, StackSample } from "./block-report";
import {
  heaviestNativeCall,
  LATE_MS,
  latencyMs,
  type NativeTotal,
  ranCallbacks,
} from "./heaviest-native-call";
import { followHidden, isCheap, isTooSmall } from "./hidden-call-chain";
import { hiddenIn, makesSeveralCalls, mayBeOfAnotherCall } from "./hidden-callee";
import { causeOfNativeCall } from "./native-call-cause";
import { blameBeforeSample, type PreviousExpression } from "./previous-expression";
import { shapeOfSamples } from "./sample-shape";
import { isOfApplication, MAX_STACK_FRAMES } from "./stack-frames";
import { type Culprit, findCulprit, isNamed, mergeStacks } from "./stack-profile";

/** Distinct stacks that a block keeps. */
const MAX_PROFILE_STACKS = 8;
/** Samples are taken at this distance at first: each timely one stands for so much time. */
const SAMPLE_WORTH_MS = 10;

export interface AssemblyInput {
  readonly id: string;
  readonly report: BlockReport;
  /** All samples of the thread since the previous block, in time order. */
  readonly samples: readonly StackSample[];
  readonly watchdogLateMs: number;
  /** What counts as a block, milliseconds. */
  readonly thresholdMs: number;
}

/** What the assembly asks of the world: original positions, and the text of a file. */
export interface SourceReader {
  /** The frame in its original source, or as it was when no map is known. */
  original(frame: RawFrame): StackFrame;
  /** Text of the file as it runs, or null. */
  text(file: string): string | null;
}

interface Verdict {
  readonly culprit: Culprit | null;
  readonly confidence: BlockConfidence;
  readonly nativeCall: string | null;
}

/** Null when the samples show that the stretch was many short tasks and no block. */
export function assembleBlock(input: AssemblyInput, source: SourceReader): Block | null {
  const { report } = input;
  const samples = input.samples.filter(
    (sample) => sample.capturedMs >= report.startMs - 1 && sample.requestedMs <= report.endMs,
  );
  const shape = shapeOfSamples(samples);
  const heaviest = heaviestNativeCall(report, samples);
  const timedCallMs = heaviest?.longest?.startMs == null ? 0 : heaviest.longestMs;
  const longestTaskMs = Math.max(shape.longestTurnMs, timedCallMs);
  if (!report.proven && longestTaskMs < report.durationMs / 2) return null;

  const split = splitByLatency(samples, report);
  const callsBack = heaviest !== null && !split.mostlyLate && ranCallbacks(heaviest, split.timely);
  const native = callsBack ? null : heaviest;
  const evidence: CauseEvidence = {
    ...shape,
    calleeCause: null,
    durationMs: report.durationMs,
    thresholdMs: input.thresholdMs,
    cpuMs: report.cpuMs,
    runQueueMs: report.runQueueMs,
    gcMs: report.gcMs,
    watchdogLateMs: input.watchdogLateMs,
    nativeMs: native?.totalMs ?? 0,
    nativeCause: native === null ? null : causeOfNativeCall(native.name),
    samples: samples.length,
    unnamed: false,
    late: split.mostlyLate,
    starting: report.starting,
    debuggable: report.debuggable,
  };
  const verdict = reachVerdict(evidence, native, split, source);
  const cause = causeOf({ ...withCallee(evidence, verdict), unnamed: verdict.culprit === null });
  return describe(input, samples, cause, verdict, evidence, source);
}

function reachVerdict(
  evidence: CauseEvidence,
  native: NativeTotal | null,
  split: SplitSamples,
  source: SourceReader,
): Verdict {
  if (native?.longest != null) {
    const culprit = findCulprit([native.longest.frames]);
    if (culprit !== null) return { culprit, confidence: "exact", nativeCall: native.name };
  }
  const chain = evidence.turnoverShare > 0.5 && evidence.microtaskShare > 0.5;
  const latest = split.late.toSorted((a, b) => latencyMs(b) - latencyMs(a))[0];
  if (split.mostlyLate && latest !== undefined && native === null) return blameLate(latest, source);
  const trusted = split.timely.length > 0 ? split.timely : split.late;
  const culprit = findCulprit(trusted.map(({ frames }) => (chain ? outermostOwn(frames) : frames)));
  const nativeCall = native?.name ?? knownCall(culprit?.callee ?? null);
  // Stacks of Node's own code only are what runs between the tasks: they accuse nobody.
  if (culprit === null || culprit.stack[0]?.file?.startsWith("node:") !== false) {
    return { culprit: null, confidence: "unknown", nativeCall };
  }
  if (split.timely.length === 0) return { culprit, confidence: "caller", nativeCall };
  return chain ? { culprit, confidence: "exact", nativeCall } : withHidden(culprit, nativeCall, source);
}

/**
 * Callees that answer while they run. Other built-in functions are asked at their beginning only, so that a
 * sample there tells as well of what ran just before.
 */
const ASKED_WITHIN =
  /^(?:RegExp|WebAssembly|[a-z]\w*)\.|^String\.(?:match|matchAll|replace|replaceAll|search|split)$/;

/** What the engine compiled into the culprit ran there unseen: then the culprit is its caller. */
function withHidden(culprit: Culprit, nativeCall: string | null, source: SourceReader): Verdict {
  const [top, ...callers] = culprit.stack;
  const text = top?.file == null ? null : source.text(top.file);
  // A call that was seen above the culprit was made from the very line.
  if (culprit.callee !== null && !ASKED_WITHIN.test(culprit.callee)) {
    const several = top === undefined || text === null || makesSeveralCalls(top, text);
    const native = isCheap(culprit.callee) ? "exact" : "inferred";
    return { culprit, confidence: several ? "caller" : native, nativeCall };
  }
  const visible = top === undefined || text === null || culprit.callee !== null;
  if (!visible && isTooSmall(top, text)) {
    const caller = callers.findIndex(isNamed);
    const stack = caller === -1 ? culprit.stack : callers.slice(caller);
    return { culprit: { ...culprit, stack }, confidence: "caller", nativeCall };
  }
  if (visible) return { culprit, confidence: "exact", nativeCall };
  if (hiddenIn(top, text) === null) {
    return { culprit, confidence: mayBeOfAnotherCall(top, text) ? "caller" : "exact", nativeCall };
  }
  const chain = followHidden(top, text);
  if (chain === null) return { culprit, confidence: "caller", nativeCall };
  const stack = [...chain.frames, ...callers];
  return { culprit: { ...culprit, stack }, confidence: chain.certain ? "inferred" : "caller", nativeCall };
}

interface SplitSamples {
  readonly timely: readonly StackSample[];
  readonly late: readonly StackSample[];
  /** Calls that could not be interrupted took more of the block than what the timely samples stand for. */
  readonly mostlyLate: boolean;
}

/** A thread that waits for a processor answers late, too: that time is no native call's. */
function splitByLatency(samples: readonly StackSample[], report: BlockReport): SplitSamples {
  const limitMs = LATE_MS + (report.runQueueMs ?? 0);
  const late = samples.filter((sample) => latencyMs(sample) > limitMs);
  const timely = samples.filter((sample) => latencyMs(sample) <= limitMs);
  const lateMs = late.reduce((sum, sample) => sum + latencyMs(sample), 0);
  return { timely, late, mostlyLate: lateMs > timely.length * SAMPLE_WORTH_MS };
}

/** Calls into Node's own JavaScript (`performance.now`) are no native calls worth naming. */
function knownCall(callee: string | null): string | null {
  if (callee === null) return null;
  return causeOfNativeCall(callee) !== "native" || callee.startsWith("WebAssembly.") ? callee : null;
}

/** A late sample shows where the code went on: blame what was evaluated just before. */
function blameLate(sample: StackSample, source: SourceReader): Verdict {
  const blamed: PreviousExpression | null = blameBeforeSample(sample.frames, (file) => source.text(file));
  if (blamed === null) {
    const culprit = findCulprit([sample.frames]);
    const named = culprit !== null && culprit.stack[0]?.file?.startsWith("node:") === false;
    if (!named) return { culprit: null, confidence: "unknown", nativeCall: null };
    return { culprit, confidence: "caller", nativeCall: culprit.callee };
  }
  return {
    culprit: { stack: blamed.stack, selfShare: 1, callee: blamed.callee },
    confidence: blamed.certain ? "inferred" : "caller",
    nativeCall: blamed.callee,
  };
}

/** Of a chain of microtasks, the function that the queue called: it is the one that queues the next. */
function outermostOwn(frames: readonly RawFrame[]): readonly RawFrame[] {
  const last = frames.findLastIndex(
    (frame) => frame.file !== null && !frame.file.startsWith("node:") && !frame.awaits,
  );
  return last === -1 ? frames : frames.slice(last);
}

/** What the culprit was calling says more than that it was calling something. */
function withCallee(evidence: CauseEvidence, verdict: Verdict): CauseEvidence {
  if (evidence.nativeCause !== null || verdict.nativeCall === null) return evidence;
  const cause = causeOfNativeCall(verdict.nativeCall);
  return cause === "native" ? evidence : { ...evidence, calleeCause: cause };
}

function describe(
  input: AssemblyInput,
  samples: readonly StackSample[],
  cause: Block["cause"],
  verdict: Verdict,
  evidence: CauseEvidence,
  source: SourceReader,
): Block {
  const { report } = input;
  // What stopped the machine was not the code that happened to be running.
  const culprit = cause === "host" ? null : verdict.culprit;
  const stack = (culprit?.stack ?? []).slice(0, MAX_STACK_FRAMES).map((frame) => source.original(frame));
  const top = stack[0];
  const request = report.request ?? requestOfSamples(samples);
  return {
    id: input.id,
    at: epochOf(report.startMs),
    durationMs: roundMs(report.durationMs),
    cause,
    function: top?.function ?? null,
    file: top?.file ?? null,
    line: top?.line ?? null,
    column: top?.column ?? null,
    userFrame: userFrameOf(stack),
    stack,
    samples: samples.length,
    selfShare: culprit === null ? 0 : Math.round(culprit.selfShare * 1000) / 1000,
    confidence: culprit === null ? "unknown" : verdict.confidence,
    route: request?.route ?? null,
    method: request?.method ?? null,
    traceId: request?.traceId ?? null,
    spanId: request?.spanId ?? null,
    ...(request?.traceFlags == null ? {} : { traceFlags: request.traceFlags }),
    requestId: request?.requestId ?? null,
    thread: report.thread,
    evidence: {
      cpuMs: roundOrNull(report.cpuMs),
      runQueueMs: roundOrNull(report.runQueueMs),
      gcMs: roundMs(report.gcMs),
      nativeCall: verdict.nativeCall,
      nativeCallMs: evidence.nativeMs > 0 ? roundMs(evidence.nativeMs) : null,
      watchdogLateMs: roundMs(input.watchdogLateMs),
      victimDelayMs: roundOrNull(report.victimDelayMs),
      victims: report.victims,
    },
    profile: profileOf(samples, source),
  };
}

function requestOfSamples(samples: readonly StackSample[]): RequestIdentity | null {
  return samples.find((sample) => sample.request !== null)?.request ?? null;
}

/** The first frame of the application's own, when the culprit itself is not. */
function userFrameOf(stack: readonly StackFrame[]): StackFrame | null {
  const index = stack.findIndex(isOfApplication);
  return index > 0 ? (stack[index] ?? null) : null;
}

function profileOf(samples: readonly StackSample[], source: SourceReader): SampledStack[] {
  return mergeStacks(samples.map((sample) => sample.frames))
    .slice(0, MAX_PROFILE_STACKS)
    .map(({ frames, samples: times }) => ({
      frames: frames.slice(0, MAX_STACK_FRAMES).map((frame) => source.original(frame)),
      samples: times,
    }));
}

function roundMs(ms: number): number {
  return Math.round(ms * 100) / 100;
}

function roundOrNull(ms: number | null): number | null {
  return ms === null ? null : roundMs(ms);
}
