/** opossum's CircuitBreaker: its state, how often it opened, and how the calls through it ended. */

import { prototypeWith, wrapMethod } from "../method-wrapping";
import type { ModuleHook } from "../module-hooks";
import type { CircuitMonitor, CircuitState } from "./circuit-registry";
import type { LibraryParts } from "./library-hook";
import type { TaskOutcome } from "./work-sources";

interface Breaker {
  readonly name: string;
  readonly opened: boolean;
  readonly halfOpen: boolean;
}

const PART = "library opossum";
/** What opossum calls a breaker whose function has no name: another one at each start. */
const RANDOM_NAME = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/;
const UNNAMED = "opossum";

const OUTCOMES: ReadonlyMap<unknown, TaskOutcome> = new Map([
  ["success", "ok"],
  ["failure", "error"],
  ["timeout", "timeout"],
  ["reject", "rejected"],
  ["semaphoreLocked", "rejected"],
]);
const TOLD_TWICE: ReadonlySet<unknown> = new Set(["timeout", "semaphoreLocked"]);

export function opossumHook({ guard, circuits }: LibraryParts): ModuleHook {
  const monitors = new WeakMap<object, CircuitMonitor>();

  const monitorOf = (breaker: Breaker): CircuitMonitor => {
    const known = monitors.get(breaker);
    if (known !== undefined) return known;
    const name = RANDOM_NAME.test(breaker.name) ? UNNAMED : breaker.name;
    const monitor = circuits.watch(name, breaker, stateOf);
    monitors.set(breaker, monitor);
    return monitor;
  };

  /** Errors of a time limit or a full semaphore, which come again as those of any failure. */
  const counted = new WeakSet<object>();

  const onEvent = (breaker: Breaker, event: unknown, detail: unknown): void => {
    const monitor = monitorOf(breaker);
    if (event === "open") monitor.recordOpen();
    if (event === "shutdown") monitor.stop();
    const outcome = OUTCOMES.get(event);
    if (outcome === undefined) return;
    const error = typeof detail === "object" && detail !== null ? detail : undefined;
    if (error !== undefined && counted.has(error)) return;
    if (error !== undefined && TOLD_TWICE.has(event)) counted.add(error);
    monitor.recordCall(outcome);
  };

  return {
    majors: [8, 9, 10],
    install: (exports) => {
      wrapMethod(
        prototypeWith(exports, ["fire", "open", "halfOpen"]),
        "emit",
        (original) =>
          // Listeners of ours would count among the application's own.
          function (this: unknown, ...args) {
            guard.run(PART, () => onEvent(this as Breaker, args[0], args[1]));
            return original.apply(this, args);
          },
      );
    },
  };
}

function stateOf({ opened, halfOpen }: Breaker): CircuitState {
  if (opened) return "open";
  return halfOpen ? "half-open" : "closed";
}
