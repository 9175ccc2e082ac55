import type { Piscina } from "piscina";
import type { Semaphore } from "../../service/semaphore.js";

/** What the tasks work with. */
export interface TaskTools {
  /** Threads for work that would hold the event loop. */
  readonly threads: Piscina;
  /** Limits calls in flight to the downstream. */
  readonly outbound: Semaphore;
  /** Base URL of the service that quotes come from. */
  readonly downstreamUrl: string;
  /** Files that `read-invoices` reads. */
  readonly invoicePaths: readonly string[];
}

/**
 * One kind of work. It stops when the signal aborts, which is how a timeout and a shutdown reach it.
 * @throws Error when this attempt failed; the runner decides whether there is another.
 */
export type Task = (
  input: Readonly<Record<string, unknown>>,
  tools: TaskTools,
  signal: AbortSignal,
) => Promise<unknown>;

/** A number of a job's input; the routes have checked its range. */
export function numberInput(
  input: Readonly<Record<string, unknown>>,
  name: string,
  otherwise: number,
): number {
  const value = input[name];
  return typeof value === "number" ? value : otherwise;
}
