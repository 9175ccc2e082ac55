import { setTimeout as delay } from "node:timers/promises";
import { type Job as BullJob, Queue, QueueEvents, WaitingError, Worker } from "bullmq";
import { epochMs, monotonicMs } from "../../src/clock.js";
import { type JobContent, type JobResult, jobOf, storedId } from "./bullmq-job.js";
import type { Job } from "./job.js";
import { runJob } from "./job-runner.js";
import type { JobService, JobServiceSettings } from "./job-service.js";
import { QueueAdmission } from "./queue-admission.js";
import { QueueClosed } from "./task-queue.js";
import { createTaskTools } from "./task-tools.js";
import type { TaskTools } from "./tasks/task.js";
import { taskCatalog } from "./tasks/task-catalog.js";
import { WorkFigures, type WorkReport } from "./work-figures.js";

export interface BullmqJobServiceSettings extends JobServiceSettings {
  readonly redisUrl: string;
  /** Services with the same name share their jobs. */
  readonly queueName: string;
  /** A service that died gives its running jobs up after this time, milliseconds. */
  readonly lockMs: number;
}

/** A job whose service died this often while it ran is more likely the cause than the victim. */
const MAX_STARTS = 20;
/** How often the length of the queue is read when nothing tells of a change: others use it too. */
const RECOUNT_MS = 500;

/**
 * Jobs in Redis, by BullMQ: they outlive the service, and several services share them. The queue of BullMQ
 * has no end: the bound is kept here, by producers that wait for their turn to count and to add.
 */
export class BullmqJobService implements JobService {
  readonly figures = new WorkFigures();
  readonly #settings: BullmqJobServiceSettings;
  readonly #jobs: Queue<JobContent, JobResult>;
  readonly #events: QueueEvents;
  readonly #worker: Worker<JobContent, JobResult>;
  readonly #tools: TaskTools;
  readonly #admission: QueueAdmission;
  readonly #closing = new AbortController();
  readonly #shutdown = new AbortController();
  readonly #recount: NodeJS.Timeout;
  #activeWorkers = 0;

  private constructor(settings: BullmqJobServiceSettings) {
    this.#settings = settings;
    this.#tools = createTaskTools(settings);
    const { redisUrl: url } = settings;
    const connection = { url, maxRetriesPerRequest: null };
    // Workers wait for a Redis that is away; a producer is told at once.
    this.#jobs = new Queue(settings.queueName, { connection: { url, enableOfflineQueue: false } });
    this.#events = new QueueEvents(settings.queueName, { connection });
    this.#worker = new Worker(settings.queueName, (job, token) => this.#run(job, token), {
      connection,
      autorun: false,
      concurrency: settings.workers,
      lockDuration: settings.lockMs,
      stalledInterval: settings.lockMs,
      maxStalledCount: MAX_STARTS,
    });
    const tell = (error: Error) => console.error(`redis: ${error.message}`);
    this.#jobs.on("error", tell);
    this.#events.on("error", tell);
    this.#worker.on("error", tell);
    const capacity = settings.fault === "unbounded-queue" ? null : settings.queueCapacity;
    this.#admission = new QueueAdmission(capacity, () => this.#jobs.getWaitingCount());
    this.#events.on("active", () => this.#admission.makeRoom());
    // A Redis that is away has been told of by its own listener.
    this.#recount = setInterval(() => this.#admission.recount().catch(() => undefined), RECOUNT_MS);
  }

  /** @throws Error when Redis cannot be reached within five seconds; later it may come and go. */
  static async open(settings: BullmqJobServiceSettings): Promise<BullmqJobService> {
    const service = new BullmqJobService(settings);
    const ready = Promise.all([service.#jobs.waitUntilReady(), service.#events.waitUntilReady()]);
    const tooLate = delay(5_000, undefined, { ref: false }).then(() => {
      throw new Error(`REDIS_URL names no Redis that answers (${settings.redisUrl})`);
    });
    await Promise.race([ready, tooLate]);
    void service.#worker.run();
    return service;
  }

  get queue(): WorkReport["queue"] {
    const { length, capacity, waitingProducers } = this.#admission;
    return { length, capacity, waitingProducers };
  }

  get activeWorkers(): number {
    return this.#activeWorkers;
  }

  async find(id: string): Promise<Job | undefined> {
    const job = await this.#jobs.getJob(storedId(id));
    return job === undefined ? undefined : await jobOf(job);
  }

  async submit(request: Pick<Job, "id" | "kind" | "input">, patience: AbortSignal): Promise<Job> {
    const until = AbortSignal.any([patience, this.#closing.signal]);
    until.throwIfAborted();
    return await this.#admission.knownOrAdded(
      () => this.find(request.id),
      () => this.#add(request),
      until,
    );
  }

  report(): WorkReport {
    const { queue, activeWorkers } = this;
    return this.figures.report({ queue, activeWorkers, workers: this.#settings.workers });
  }

  stopAccepting(): void {
    this.#closing.abort(new QueueClosed());
  }

  async stop(graceMs: number): Promise<number> {
    this.stopAccepting();
    clearInterval(this.#recount);
    const outOfPatience = setTimeout(() => {
      this.#shutdown.abort(new Error("the service is shutting down"));
    }, graceMs);
    await this.#worker.close();
    clearTimeout(outOfPatience);
    const { waiting = 0, active = 0 } = await this.#jobs.getJobCounts("waiting", "active");
    await this.#events.close();
    await this.#jobs.close();
    await this.#tools.threads.destroy();
    return waiting + active;
  }

  async #add({ id, kind, input }: Pick<Job, "id" | "kind" | "input">): Promise<Job> {
    const { keepFinished } = this.#settings;
    const stored = await this.#jobs.add(
      kind,
      { id, kind, input },
      {
        jobId: storedId(id),
        removeOnComplete: { count: keepFinished },
        removeOnFail: { count: keepFinished },
      },
    );
    return await jobOf(stored);
  }

  async #run(stored: BullJob<JobContent, JobResult>, token: string | undefined): Promise<JobResult> {
    const { taskTimeoutMs, maxAttempts, fault } = this.#settings;
    const { kind, input } = stored.data;
    const retry = { maxAttempts, firstDelayMs: 50, longestDelayMs: 1_000 };
    const startedAtMs = monotonicMs();
    // After a crash the wait would count the life before.
    if (stored.attemptsStarted === 1) this.figures.recordWait(Math.max(0, epochMs() - stored.timestamp));
    this.#activeWorkers += 1;
    try {
      const attempt = (signal: AbortSignal) => taskCatalog(fault)[kind](input, this.#tools, signal);
      const end = await runJob(attempt, { timeoutMs: taskTimeoutMs, retry }, this.#shutdown.signal);
      if (end.outcome === "handed-back") {
        await stored.moveToWait(token);
        throw new WaitingError();
      }
      this.figures.recordEnd(end.outcome, monotonicMs() - startedAtMs);
      const { outcome, attempts } = end;
      return outcome === "ok"
        ? { outcome, attempts, result: end.result ?? null, error: null }
        : { outcome, attempts, result: null, error: end.error };
    } finally {
      this.#activeWorkers -= 1;
    }
  }
}
