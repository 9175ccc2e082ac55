/** What a client may ask for. Each kind stands in `tasks/`. */
export const JOB_KINDS = [
  "count-primes",
  "hash-passwords",
  "fetch-quote",
  "read-invoices",
  "render-document",
  "settle-ledger",
] as const;

export type JobKind = (typeof JOB_KINDS)[number];

export type JobOutcome = "ok" | "error" | "timeout";

/** A job as a client sees it and as the journal remembers it. */
export interface Job {
  /** The client's `Idempotency-Key`, or ours: the same key never makes a second job. */
  readonly id: string;
  readonly kind: JobKind;
  readonly input: Readonly<Record<string, unknown>>;
  state: "queued" | "running" | "finished";
  /** How often a worker took it, over all lives of the service: more than one only after a crash. */
  starts: number;
  /** Attempts of the latest start: retries after a failure or a timeout. */
  attempts: number;
  outcome: JobOutcome | null;
  result: unknown;
  error: string | null;
}

/** How a start ended; `handed-back` leaves the job for the service's next life. */
export type JobEnd =
  | { readonly outcome: "ok"; readonly attempts: number; readonly result: unknown }
  | { readonly outcome: "error" | "timeout"; readonly attempts: number; readonly error: string }
  | { readonly outcome: "handed-back"; readonly attempts: number };
