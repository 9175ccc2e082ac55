/** Requests by name and method: counts, statuses and latency of each. */

import { LogLinearHistogram } from "@loopscope/agent/catalog";
import type { NamedRequests } from "../engine/engine.js";
import { LOAD_PRECISION_BITS } from "./metric-sinks.js";

/** Names kept apart; the rest are counted together, so that generated URLs cannot fill the memory. */
const MAX_NAMES = 200;
const OTHER_NAMES = "(other names)";

interface Named {
  readonly name: string;
  readonly method: string;
  requests: number;
  failed: number;
  readonly latency: LogLinearHistogram;
  readonly byStatus: Map<number, number>;
}

export class NamedRequestTable {
  readonly #named = new Map<string, Map<string, Named>>();
  #nameCount = 0;
  /** Requests often come in rows of the same. */
  #last: Named | null = null;

  /** @param status 0: no answer. @param latencyUs whole microseconds */
  record(name: string, method: string, status: number, failed: boolean, latencyUs: number): void {
    let named = this.#last;
    if (named === null || named.name !== name || named.method !== method) {
      named = this.#namedFor(name, method);
      this.#last = named;
    }
    named.requests++;
    if (failed) named.failed++;
    named.latency.record(latencyUs);
    named.byStatus.set(status, (named.byStatus.get(status) ?? 0) + 1);
  }

  /** Adds what another table holds. */
  add(others: readonly NamedRequests[]): void {
    for (const theirs of others) {
      const named = this.#namedFor(theirs.name, theirs.method);
      named.requests += theirs.requests;
      named.failed += theirs.failed;
      named.latency.addSnapshot(theirs.latency);
      for (const [text, count] of Object.entries(theirs.byStatus)) {
        const status = Number(text);
        named.byStatus.set(status, (named.byStatus.get(status) ?? 0) + count);
      }
    }
  }

  /** Most requested first. */
  list(): NamedRequests[] {
    return [...this.#named.values()]
      .flatMap((methods) => [...methods.values()])
      .map(({ name, method, requests, failed, latency, byStatus }) => ({
        name,
        method,
        requests,
        failed,
        latency: latency.snapshot(),
        byStatus: Object.fromEntries(byStatus),
      }))
      .sort((a, b) => b.requests - a.requests);
  }

  #namedFor(name: string, method: string): Named {
    const found = this.#named.get(name)?.get(method);
    if (found !== undefined) return found;
    if (this.#nameCount >= MAX_NAMES && name !== OTHER_NAMES) return this.#namedFor(OTHER_NAMES, method);
    this.#nameCount++;
    const latency = new LogLinearHistogram(LOAD_PRECISION_BITS);
    const made: Named = { name, method, requests: 0, failed: 0, latency, byStatus: new Map() };
    const methods = this.#named.get(name);
    if (methods === undefined) this.#named.set(name, new Map([[method, made]]));
    else methods.set(method, made);
    return made;
  }
}
