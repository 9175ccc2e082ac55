import type { Job } from "./job.js";
import type { WorkFigures, WorkReport } from "./work-figures.js";

export interface JobServiceSettings {
  /** One fault of `faults.ts`, or null for the mended service. */
  readonly fault: string | null;
  /** Finished jobs that are remembered. */
  readonly keepFinished: number;
  /** Jobs that may wait; the next producer waits itself. */
  readonly queueCapacity: number;
  /** Jobs worked on at a time. */
  readonly workers: number;
  /** Calls in flight to the downstream. */
  readonly outboundLimit: number;
  readonly taskTimeoutMs: number;
  /** The first included. */
  readonly maxAttempts: number;
  readonly downstreamUrl: string;
  readonly invoicePaths: readonly string[];
}

/**
 * What the routes need of whoever keeps the jobs: a journal on this machine's disk
 * (`journaled-job-service.ts`), or a Redis that several services share (`bullmq-job-service.ts`).
 */
export interface JobService {
  readonly figures: WorkFigures;
  readonly queue: WorkReport["queue"];
  readonly activeWorkers: number;
  find(id: string): Promise<Job | undefined>;
  /**
   * Accepts a job, waiting while the queue is full. The same id gives the same job, whoever asks and how
   * often.
   * @param patience aborts when the producer waits no longer; the promise rejects with its reason.
   * @throws QueueClosed while the service shuts down.
   */
  submit(request: Pick<Job, "id" | "kind" | "input">, patience: AbortSignal): Promise<Job>;
  report(): WorkReport;
  /** From now on no job is accepted or begun; producers that wait are told. */
  stopAccepting(): void;
  /**
   * Lets running jobs end, for at most `graceMs`; what is unfinished then is left to the next life.
   * @returns how many jobs that is.
   */
  stop(graceMs: number): Promise<number>;
}
