/** cockatiel's circuit breakers (state, opens, how calls ended) and retries. Its policies have no names. */

import { ownExport, prototypeOf, wrapMethod } from "../method-wrapping";
import type { ModuleHook } from "../module-hooks";
import type { CircuitMonitor, CircuitState } from "./circuit-registry";
import { type LibraryParts, observed } from "./library-hook";
import { failureOutcome } from "./work-registry";
import type { TaskOutcome } from "./work-sources";

type Subscribe = (listener: () => void) => unknown;

interface Breaker {
  /** One of `STATES`. */
  readonly state: number;
  readonly onBreak: Subscribe;
}

interface Retry {
  readonly onRetry: Subscribe;
}

const PART = "library cockatiel";
const NAME = "cockatiel";
/** By cockatiel's numbers: closed, open, half open, and isolated, which is held open. */
const STATES: readonly CircuitState[] = ["closed", "open", "half-open", "open"];

export function cockatielHook({ guard, circuits }: LibraryParts): ModuleHook {
  const breakers = new WeakMap<object, CircuitMonitor>();
  const retries = new WeakSet<object>();

  const breakerOf = (breaker: Breaker): CircuitMonitor => {
    const known = breakers.get(breaker);
    if (known !== undefined) return known;
    const monitor = circuits.watch(NAME, breaker, stateOf);
    breaker.onBreak(() => monitor.recordOpen());
    breakers.set(breaker, monitor);
    return monitor;
  };

  const watchRetry = (retry: Retry): void => {
    if (retries.has(retry)) return;
    retries.add(retry);
    retry.onRetry(() => circuits.recordRetry(NAME));
  };

  return {
    majors: [3],
    install: (exports) => {
      wrapMethod(
        prototypeOf(ownExport(exports, "CircuitBreakerPolicy")),
        "execute",
        (original) =>
          function (this: unknown, ...args) {
            const monitor = guard.run(PART, () => {
              const found = breakerOf(this as Breaker);
              // Half open, a call waits for the trial and then executes once more: it counts there.
              return stateOf(this as Breaker) === "half-open" ? undefined : found;
            });
            const result = original.apply(this, args);
            if (monitor === undefined) return result;
            return observed(result, (error) => monitor.recordCall(outcomeOf(error)));
          },
      );
      wrapMethod(
        prototypeOf(ownExport(exports, "RetryPolicy")),
        "execute",
        (original) =>
          function (this: unknown, ...args) {
            guard.run(PART, () => watchRetry(this as Retry));
            return original.apply(this, args);
          },
      );
    },
  };
}

function stateOf({ state }: Breaker): CircuitState {
  return STATES[state] ?? "closed";
}

/** cockatiel marks its errors, so that they are known across its copies. */
function outcomeOf(error: unknown): TaskOutcome {
  if (error === null) return "ok";
  const { isBrokenCircuitError: broken, isTaskCancelledError: cancelled } = (error ?? {}) as {
    readonly isBrokenCircuitError?: unknown;
    readonly isTaskCancelledError?: unknown;
  };
  if (broken === true) return "rejected";
  return cancelled === true ? "timeout" : failureOutcome(error);
}
