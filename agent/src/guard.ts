/**
 * Nothing of the agent's own reaches its host. Every callback of ours that the host can reach runs through a
 * guard: an error is counted, said once, and the part that failed stays off from then on.
 */

/** Which part of the agent an error or a drop belongs to: the `part` label of its metrics. */
export type AgentPart = string;

export interface Guard {
  /** Runs `fn`; undefined when it threw, or when the part is already off. */
  run<T>(part: AgentPart, fn: () => T): T | undefined;
  /** A function that does `run` at each call, with its own arguments. */
  wrap<A extends readonly unknown[]>(part: AgentPart, fn: (...args: A) => void): (...args: A) => void;
  /** Counts an error found elsewhere (a rejected promise, the agent's thread) and switches the part off. */
  fail(part: AgentPart, error: unknown): void;
  /** Counts `times` observations that were left out or folded because a bound was reached. */
  drop(part: AgentPart, times?: number): void;
  isOff(part: AgentPart): boolean;
  readonly errorCounts: ReadonlyMap<AgentPart, number>;
  readonly dropCounts: ReadonlyMap<AgentPart, number>;
}

/** @param warn says one sentence to whoever runs the process; `process.emitWarning` unless told otherwise. */
export function createGuard(warn: (message: string, code: string) => void = emitWarning): Guard {
  const errorCounts = new Map<AgentPart, number>();
  const dropCounts = new Map<AgentPart, number>();

  function fail(part: AgentPart, error: unknown): void {
    const before = errorCounts.get(part) ?? 0;
    errorCounts.set(part, before + 1);
    if (before > 0) return;
    const reason = error instanceof Error ? error.message : String(error);
    warn(`${part} failed and is switched off: ${reason}`, "LOOPSCOPE_PART_FAILED");
  }

  function run<T>(part: AgentPart, fn: () => T): T | undefined {
    if (errorCounts.has(part)) return undefined;
    try {
      return fn();
    } catch (error) {
      fail(part, error);
      return undefined;
    }
  }

  return {
    run,
    wrap:
      (part, fn) =>
      (...args) => {
        run(part, () => fn(...args));
      },
    fail,
    drop: (part, times = 1) => {
      dropCounts.set(part, (dropCounts.get(part) ?? 0) + times);
    },
    isOff: (part) => errorCounts.has(part),
    errorCounts,
    dropCounts,
  };
}

function emitWarning(message: string, code: string): void {
  process.emitWarning(message, { type: "LoopscopeWarning", code });
}
