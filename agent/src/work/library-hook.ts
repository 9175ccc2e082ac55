/** What a library's file gets to report with, and how it learns how a call of the library ended. */

import type { Guard } from "../guard";
import type { CircuitRegistry } from "./circuit-registry";
import type { WebSocketStatistics } from "./websocket-statistics";
import type { WorkRegistry } from "./work-registry";

export interface LibraryParts {
  readonly guard: Guard;
  readonly work: Pick<WorkRegistry, "findQueue" | "monitorPool">;
  readonly circuits: CircuitRegistry;
  readonly webSockets: WebSocketStatistics;
}

/**
 * A promise in the place of `promise` that settles alike after calling back. The owner gets it, not the
 * original, so that a rejection which nobody handles stays unhandled. What is no promise passes unchanged.
 */
export function observed(promise: unknown, onSettled: (error: unknown) => void): unknown {
  if (typeof (promise as { readonly then?: unknown } | null | undefined)?.then !== "function") return promise;
  return (promise as PromiseLike<unknown>).then(
    (value) => {
      onSettled(null);
      return value;
    },
    (error: unknown) => {
      onSettled(error);
      throw error;
    },
  );
}
