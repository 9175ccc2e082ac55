/** What a watched thread and the agent's thread tell each other about a block. Structured-cloneable. */

import type { RequestIdentity } from "../request/request-identity";

export type { RequestIdentity } from "../request/request-identity";

/** One frame as the engine gives it: before source maps, `file:` URLs and all. */
export interface RawFrame {
  /** Empty where the engine has no name. */
  readonly function: string;
  /** Null for built-in functions and code without a file. */
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
  /** Where the function itself begins; null where unknown. */
  readonly functionLine: number | null;
  readonly functionColumn: number | null;
  /** The sample hit the very entry of the function, before its first statement. */
  readonly atEntry: boolean;
  /** Does not run: it awaits what runs. V8 appends such frames to a stack. */
  readonly awaits: boolean;
}

/** One stack, taken while the thread was blocked. */
export interface StackSample {
  /** When the agent's thread asked for it, and when the blocked thread could answer. */
  readonly requestedMs: number;
  readonly capturedMs: number;
  /** Counts the turns of the microtask queue: equal in two samples, nothing has ended between them. */
  readonly turn: number;
  readonly asyncId: number;
  readonly request: RequestIdentity | null;
  /** Innermost first; empty when no JavaScript was running. */
  readonly frames: readonly RawFrame[];
}

/** One slow call of a wrapped function. */
export interface NativeCall {
  /** `crypto.pbkdf2Sync`. */
  readonly name: string;
  /** Null where the wrapper reads no clock before the call; then `endMs` alone is known. */
  readonly startMs: number | null;
  readonly endMs: number;
  /** Stack of the caller, innermost first. */
  readonly frames: readonly RawFrame[];
}

/** Many quick calls of one wrapped function. */
export interface BriefCalls {
  readonly name: string;
  readonly totalMs: number;
}

/** What the blocked thread itself found out about a block, sent once it is over. */
export interface BlockReport {
  readonly slot: number;
  readonly thread: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly durationMs: number;
  /**
   * False when the beat was not late (the idle rhythm), so that the active time may as well have been many
   * short tasks; then the samples decide.
   */
  readonly proven: boolean;
  readonly cpuMs: number | null;
  readonly runQueueMs: number | null;
  /** Merged overlap of collections with the block. */
  readonly gcMs: number;
  readonly nativeCalls: readonly NativeCall[];
  readonly briefCalls: readonly BriefCalls[];
  readonly request: RequestIdentity | null;
  readonly victims: number | null;
  readonly victimDelayMs: number | null;
  /** Most of it lies before the loop turned for the first time: the program was still loading. */
  readonly starting: boolean;
  /** A debugger can attach (`--inspect`): a thread that stands still without using a processor may be paused. */
  readonly debuggable: boolean;
}
