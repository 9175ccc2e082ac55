/** What the agent says of one block of an event loop. The shape is a contract: see `loopscope/run/1`. */

/** Why the event loop stood still. `host` and `unknown` do not accuse the service. */
export type BlockCause =
  | "javascript"
  | "sync-io"
  | "sync-crypto"
  | "sync-compression"
  | "json"
  | "regexp"
  | "gc"
  | "microtasks"
  | "native"
  | "child-process"
  | "module-load"
  | "many-tasks"
  | "host"
  | "unknown";

/** Every cause, in the order in which tables and legends list them. */
export const BLOCK_CAUSES: readonly BlockCause[] = [
  "javascript",
  "sync-io",
  "sync-crypto",
  "sync-compression",
  "json",
  "regexp",
  "gc",
  "microtasks",
  "native",
  "child-process",
  "module-load",
  "many-tasks",
  "host",
  "unknown",
];

/**
 * How far the named frame can be trusted: `exact` was seen on the stack while it blocked, or timed by a
 * wrapper; `inferred` is a native call deduced from where the code went on; `caller` is right up to the
 * calling frame; `unknown` names no culprit.
 */
export type BlockConfidence = "exact" | "inferred" | "caller" | "unknown";

/** One frame of a captured stack, mapped to the original source where a source map is known. */
export interface StackFrame {
  /** Function name, `(anonymous)` where the engine has none. */
  readonly function: string;
  /** Absolute path or `node:` specifier; null for code without a file (eval). */
  readonly file: string | null;
  /** 1-based; null where unknown. */
  readonly line: number | null;
  /** 1-based; null where unknown. */
  readonly column: number | null;
}

/** One stack of a block and how many of its samples had it: the block's small profile. */
export interface SampledStack {
  /** Innermost frame first. */
  readonly frames: readonly StackFrame[];
  /** At least 1. */
  readonly samples: number;
}

/** One block of one thread's event loop, at or over the threshold. */
export interface Block {
  /** Unique within the service; sorts by start within a process. */
  readonly id: string;
  /** Start, milliseconds since the Unix epoch. */
  readonly at: number;
  readonly durationMs: number;
  readonly cause: BlockCause;
  /** The culprit: the function that held the loop longest. Null when no frame can be named. */
  readonly function: string | null;
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
  /** The first frame of the application's own code, when the culprit is in a dependency or in Node itself. */
  readonly userFrame: StackFrame | null;
  /** The culprit's whole stack, innermost frame first. */
  readonly stack: readonly StackFrame[];
  /** Number of stack samples taken while the block lasted. */
  readonly samples: number;
  /** Share of the samples (0..1) in which the culprit was the innermost named frame. */
  readonly selfShare: number;
  readonly confidence: BlockConfidence;
  /** The route pattern (`/users/:id`) of the request that blocked, never its raw path. */
  readonly route: string | null;
  readonly method: string | null;
  readonly traceId: string | null;
  readonly spanId: string | null;
  /** W3C trace flags of that trace (bit 0: it is recorded); absent without one. */
  readonly traceFlags?: number;
  readonly requestId: string | null;
  /** `main`, or `worker-<threadId>`. */
  readonly thread: string;
  /** The process, where a cluster's blocks are shown together; else absent. */
  readonly pid?: number;
  /** Figures behind the cause: what a person would check. Milliseconds; null where not measurable. */
  readonly evidence: BlockEvidence;
  /** The distinct stacks seen, most frequent first, at most 8. */
  readonly profile: readonly SampledStack[];
}

/** What the verdict on a block's cause rests on. Milliseconds within the block; null where unmeasurable. */
export interface BlockEvidence {
  readonly cpuMs: number | null;
  readonly runQueueMs: number | null;
  readonly gcMs: number | null;
  /** The wrapped native call that filled most of the block (`crypto.pbkdf2Sync`), or null. */
  readonly nativeCall: string | null;
  readonly nativeCallMs: number | null;
  /** How late the watchdog thread itself woke up: a stopped machine stops both threads. */
  readonly watchdogLateMs: number | null;
  /** Time other requests in flight were held up by this block, summed over them. */
  readonly victimDelayMs: number | null;
  /** Requests in flight on this thread when the block ended, the culprit excluded. */
  readonly victims: number | null;
}

/**
 * True for a worker thread that was serving no request: computing is what such a thread is for, and it delays
 * nobody but its own queue.
 */
export function isComputingThread(block: Pick<Block, "thread" | "route">): boolean {
  return block.thread !== "main" && block.route === null;
}

/** A block that has not ended yet. */
export interface OpenBlock {
  readonly id: string;
  readonly at: number;
  /** How long it has lasted when this was written, milliseconds. */
  readonly ageMs: number;
  readonly function: string | null;
  readonly file: string | null;
  readonly line: number | null;
  readonly route: string | null;
  readonly method: string | null;
  readonly thread: string;
  /** The process, where a cluster's blocks are shown together; else absent. */
  readonly pid?: number;
}

/** The answer of `GET /blocks`. */
export interface BlocksDocument {
  readonly schema: "loopscope/blocks/1";
  /** Set while a thread is blocked right now. */
  readonly open: readonly OpenBlock[];
  /** The latest blocks, newest first, bounded by `LOOPSCOPE_MAX_BLOCKS`. */
  readonly blocks: readonly Block[];
  /** Blocks since start, also those no longer kept. */
  readonly totalBlocks: number;
  readonly totalBlockedMs: number;
}
