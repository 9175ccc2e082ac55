/** Why a loop stood still, by evidence, in a fixed order: the first rule that holds decides. Pure. */
import type { BlockCause } from "../catalog/block";

/** What is known of a block. Milliseconds within it; null where it could not be measured. */
export interface CauseEvidence {
  readonly durationMs: number;
  /** What counts as a block. */
  readonly thresholdMs: number;
  readonly cpuMs: number | null;
  readonly runQueueMs: number | null;
  readonly gcMs: number;
  /** How late the agent's own thread woke up within the block. */
  readonly watchdogLateMs: number;
  /** Sum of the wrapped calls of one name, and the cause that name stands for. */
  readonly nativeMs: number;
  readonly nativeCause: BlockCause | null;
  readonly samples: number;
  /** Share of neighbouring samples between which a task had ended. */
  readonly turnoverShare: number;
  /** Share of samples whose outermost code came from the microtask or nextTick queue. */
  readonly microtaskShare: number;
  /** Share of samples taken while modules were being loaded. */
  readonly loadingShare: number;
  /** What the call stands for that the culprit was making in most samples; null: its own code ran. */
  readonly calleeCause: BlockCause | null;
  /** No stack shows a function to name: Node's own code ran, or none. */
  readonly unnamed: boolean;
  /** The only samples came when the block was practically over. */
  readonly late: boolean;
  readonly starting: boolean;
  readonly debuggable: boolean;
}

type Rule = readonly [BlockCause | ((evidence: CauseEvidence) => BlockCause), (e: CauseEvidence) => boolean];

/** The agent's own thread takes a moment to start: of the program's first block it sees the end at most. */
const FEW_SAMPLES = 2;

/**
 * On a starved machine work counts as long enough from this multiple of the threshold on: taking the stacks
 * of a stretched block is work of the thread, too (measured: 50.4 ms of work in 447 ms, 397 of them waiting).
 */
const OWN_WORK_MARGIN = 1.2;

const RULES: readonly Rule[] = [
  ["host", (e) => e.runQueueMs !== null && wasHeldUp(e, e.runQueueMs, 0.4)],
  ["host", (e) => wasHeldUp(e, e.watchdogLateMs, 0.6)],
  [(e) => e.nativeCause ?? "native", (e) => e.nativeMs > 0.5 * e.durationMs],
  ["microtasks", (e) => e.turnoverShare > 0.5 && e.microtaskShare > 0.5],
  ["gc", (e) => e.gcMs > 0.5 * e.durationMs],
  // A debugger that holds the thread at a breakpoint leaves it without work and without a wrapped call.
  ["host", (e) => e.debuggable && sleptMostly(e)],
  ["module-load", (e) => e.loadingShare > 0.5 || (e.starting && e.samples <= FEW_SAMPLES)],
  ["host", (e) => e.calleeCause === null && wasStarved(e) && (sleptMostly(e) || workedLittle(e))],
  [(e) => e.calleeCause ?? "sync-io", sleptMostly],
  ["many-tasks", (e) => e.turnoverShare > 0.5],
  [(e) => e.calleeCause ?? "javascript", (e) => e.calleeCause !== null],
  ["host", (e) => e.samples === 0 && e.cpuMs !== null && e.cpuMs < e.thresholdMs && wasStarved(e)],
  ["unknown", (e) => e.samples === 0],
  ["native", (e) => e.late],
  ["unknown", (e) => e.unnamed],
  ["javascript", () => true],
];

export function causeOf(evidence: CauseEvidence): BlockCause {
  for (const [cause, holds] of RULES) {
    if (holds(evidence)) return typeof cause === "string" ? cause : cause(evidence);
  }
  return "unknown";
}

/** Neither on a processor nor waiting for one: the thread waited inside a call. */
function sleptMostly({ durationMs, cpuMs, runQueueMs }: CauseEvidence): boolean {
  return cpuMs !== null && cpuMs + (runQueueMs ?? 0) < 0.4 * durationMs;
}

/** No code blocks for long with so little of a processor. */
function workedLittle({ durationMs, thresholdMs, cpuMs }: CauseEvidence): boolean {
  return cpuMs !== null && cpuMs < Math.min(0.4 * durationMs, thresholdMs);
}

/** Both this thread and the watchdog were kept from running: looked at where no call and no stack tells more. */
function wasStarved({ durationMs, runQueueMs, watchdogLateMs }: CauseEvidence): boolean {
  return (runQueueMs ?? 0) + watchdogLateMs > 0.4 * durationMs;
}

/**
 * Without what the machine withheld there would have been no block: work that is long enough to block by
 * itself stays the service's own, however much a busy machine stretched it.
 */
function wasHeldUp(evidence: CauseEvidence, withheldMs: number, share: number): boolean {
  const { durationMs, thresholdMs, cpuMs } = evidence;
  if (withheldMs <= share * durationMs) return false;
  const ownWorkMs = OWN_WORK_MARGIN * thresholdMs;
  return durationMs - withheldMs < ownWorkMs && (cpuMs === null || cpuMs < ownWorkMs);
}
