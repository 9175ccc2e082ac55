/** All circuit breakers that library files found, by name, and the retries of policies that have none. */

import { CIRCUIT_METRICS } from "../catalog/circuit-metrics";
import type { Guard } from "../guard";
import { CounterSeries } from "../quantiles/labelled-series";
import type { MetricFamily } from "../quantiles/metric-samples";
import type { TaskOutcome } from "./work-sources";

/** Names kept apart; the rest share the name `other`. */
const MAX_NAMES = 100;
const OTHER = "other";
const STATES = ["closed", "open", "half-open"] as const;
const OUTCOMES = ["ok", "error", "timeout", "rejected"] as const;

export type CircuitState = (typeof STATES)[number];

/** Takes what cannot be read off a breaker. */
export interface CircuitMonitor {
  /** A call that ended; `rejected`: it was not made. */
  recordCall(outcome: TaskOutcome): void;
  recordOpen(): void;
  /** Ends reading the breaker's state; what was counted stays. */
  stop(): void;
}

export interface CircuitRegistry {
  readonly families: readonly MetricFamily[];
  /**
   * Shows a breaker for as long as the application holds it; the same name again adds up.
   *
   * @param stateOf reads the state, at each scrape: must be cheap.
   */
  watch<B extends object>(name: string, breaker: B, stateOf: (breaker: B) => CircuitState): CircuitMonitor;
  /** @param library its name: policies that retry have none. */
  recordRetry(library: string): void;
}

/** Reads one breaker's state; undefined once the application has let it go. */
type ReadState = () => CircuitState | undefined;

export function createCircuitRegistry(guard: Guard): CircuitRegistry {
  const onOverflow = (): void => guard.drop("circuit breaker names");
  const opens = new CounterSeries(CIRCUIT_METRICS.breakerOpens, MAX_NAMES, onOverflow);
  const calls = new CounterSeries(CIRCUIT_METRICS.breakerCalls, MAX_NAMES * OUTCOMES.length, onOverflow);
  const retries = new CounterSeries(CIRCUIT_METRICS.retries, MAX_NAMES, onOverflow);
  const breakers = new Map<string, Set<ReadState>>();
  // Nobody may ever scrape: what belongs to a breaker goes with it.
  const letGo = new FinalizationRegistry<() => void>((forget) => forget());

  const breakersOf = (name: string): Set<ReadState> => {
    const known = breakers.get(name);
    if (known !== undefined) return known;
    const created = new Set<ReadState>();
    breakers.set(name, created);
    return created;
  };

  return {
    families: [stateFamily(guard, breakers), opens, calls, retries],
    watch: (name, breaker, stateOf) => {
      const full = !breakers.has(name) && breakers.size >= MAX_NAMES;
      if (full) onOverflow();
      const bounded = full ? OTHER : name;
      const held = new WeakRef(breaker);
      const read: ReadState = () => {
        const alive = held.deref();
        return alive === undefined ? undefined : stateOf(alive);
      };
      const readers = breakersOf(bounded);
      readers.add(read);
      letGo.register(breaker, () => readers.delete(read));
      // Begins at 0: a counter that appears with its first event hides that event from `increase`.
      opens.add([bounded], 0);
      for (const outcome of OUTCOMES) calls.add([bounded, outcome], 0);
      return {
        recordCall: (outcome) => calls.add([bounded, outcome]),
        recordOpen: () => opens.add([bounded]),
        stop: () => readers.delete(read),
      };
    },
    recordRetry: (library) => retries.add([library]),
  };
}

function stateFamily(guard: Guard, breakers: ReadonlyMap<string, Set<ReadState>>): MetricFamily {
  return {
    definition: CIRCUIT_METRICS.breakers,
    *collect() {
      for (const [name, readers] of breakers) {
        const counts: Record<CircuitState, number> = { closed: 0, open: 0, "half-open": 0 };
        for (const read of readers) {
          const state = guard.run(`circuit breaker ${name}`, read);
          if (state !== undefined) counts[state]++;
        }
        for (const state of STATES) yield { labels: [name, state], value: counts[state] };
      }
    },
  };
}
