import type { Job as BullJob } from "bullmq";
import type { Job, JobKind, JobOutcome } from "./job.js";

/** What Redis keeps of a job that was accepted. */
export interface JobContent {
  readonly id: string;
  readonly kind: JobKind;
  readonly input: Readonly<Record<string, unknown>>;
}

/** And of one that ended: result and completion are written in one step, by one script. */
export interface JobResult {
  readonly outcome: JobOutcome;
  readonly attempts: number;
  readonly result: unknown;
  readonly error: string | null;
}

/** BullMQ's own ids know no colon and no whole number: a client's key may be either. */
export function storedId(id: string): string {
  return `key-${Buffer.from(id).toString("base64url")}`;
}

/** A job as a client sees it. */
export async function jobOf(stored: BullJob<JobContent, JobResult>): Promise<Job> {
  const { id, kind, input } = stored.data;
  const starts = stored.attemptsStarted;
  const none = { attempts: 0, outcome: null, result: null, error: null };
  // What was read with the job decides whether it has ended: its state is read later, and may be newer.
  if (stored.finishedOn === undefined) {
    const waits = (await stored.getState()) === "waiting";
    return { id, kind, input, state: waits ? "queued" : "running", starts, ...none };
  }
  const ended = { id, kind, input, state: "finished", starts } as const;
  if (stored.failedReason === undefined) return { ...ended, ...stored.returnvalue };
  // Only BullMQ fails a job: when the service died too often while it ran. Ours end with an outcome.
  return { ...ended, ...none, outcome: "error", error: `given up: ${stored.failedReason}` };
}
