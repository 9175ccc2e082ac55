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
  const state = await stored.getState();
  const starts = stored.attemptsStarted;
  const unfinished = { attempts: 0, outcome: null, result: null, error: null };
  if (state === "completed") return { id, kind, input, state: "finished", starts, ...stored.returnvalue };
  if (state === "failed") {
    // Only BullMQ fails a job: when the service died too often while it ran. Ours end with an outcome.
    const error = `given up: ${stored.failedReason}`;
    return { id, kind, input, state: "finished", starts, ...unfinished, outcome: "error", error };
  }
  return { id, kind, input, state: state === "active" ? "running" : "queued", starts, ...unfinished };
}
