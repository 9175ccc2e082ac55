import { setTimeout as delay } from "node:timers/promises";
import { monotonicMs } from "../../src/clock.js";
import type { Job } from "./job.js";
import { runJob } from "./job-runner.js";
import type { JobService, JobServiceSettings } from "./job-service.js";
import { JobStore } from "./job-store.js";
import { QueueClosed, TaskQueue } from "./task-queue.js";
import { createTaskTools } from "./task-tools.js";
import type { TaskTools } from "./tasks/task.js";
import { taskCatalog } from "./tasks/task-catalog.js";
import { WorkFigures, type WorkReport } from "./work-figures.js";

export interface JournaledJobServiceSettings extends JobServiceSettings {
  readonly journalFolder: string;
}

interface QueuedJob {
  readonly job: Job;
  readonly queuedAtMs: number;
}

/** Producers in front, workers behind, a bounded queue between them, and a journal beneath. */
export class JournaledJobService implements JobService {
  readonly figures = new WorkFigures();
  readonly queue: TaskQueue<QueuedJob>;
  readonly #settings: JournaledJobServiceSettings;
  readonly #store: JobStore;
  readonly #tools: TaskTools;
  readonly #shutdown = new AbortController();
  readonly #accepting = new Map<string, Promise<Job>>();
  readonly #workers: Promise<void>[];
  #activeWorkers = 0;

  private constructor(settings: JournaledJobServiceSettings, store: JobStore) {
    this.#settings = settings;
    this.#store = store;
    this.queue = new TaskQueue(settings.fault === "unbounded-queue" ? null : settings.queueCapacity);
    this.#tools = createTaskTools(settings);
    this.#workers = Array.from({ length: settings.workers }, () => this.#work());
  }

  /** Opens the journal and takes up what an earlier life of the service left unfinished. */
  static async open(settings: JournaledJobServiceSettings): Promise<JournaledJobService> {
    const store = await JobStore.open(settings.journalFolder, settings.keepFinished);
    const service = new JournaledJobService(settings, store);
    void service.#takeUp(store.unfinished());
    return service;
  }

  get activeWorkers(): number {
    return this.#activeWorkers;
  }

  async find(id: string): Promise<Job | undefined> {
    return this.#store.find(id);
  }

  async submit(request: Pick<Job, "id" | "kind" | "input">, patience: AbortSignal): Promise<Job> {
    const known = this.#store.find(request.id) ?? this.#accepting.get(request.id);
    if (known !== undefined) return await known;
    const accepted = this.#accept(request, patience);
    this.#accepting.set(request.id, accepted);
    try {
      return await accepted;
    } finally {
      this.#accepting.delete(request.id);
    }
  }

  report(): WorkReport {
    const { length, capacity, waitingProducers } = this.queue;
    return this.figures.report({
      queue: { length, capacity, waitingProducers },
      activeWorkers: this.#activeWorkers,
      workers: this.#settings.workers,
    });
  }

  stopAccepting(): void {
    this.queue.close();
  }

  async stop(graceMs: number): Promise<number> {
    this.stopAccepting();
    const idle = new AbortController();
    const outOfPatience = delay(graceMs, undefined, { signal: idle.signal }).then(
      () => this.#shutdown.abort(new Error("the service is shutting down")),
      () => undefined,
    );
    await Promise.all(this.#workers);
    idle.abort();
    await outOfPatience;
    await this.#store.close();
    await this.#tools.threads.destroy();
    return this.#store.unfinished().length;
  }

  async #accept(request: Pick<Job, "id" | "kind" | "input">, patience: AbortSignal): Promise<Job> {
    await this.queue.reserve(patience);
    let job: Job;
    try {
      job = await this.#store.accept(request);
    } catch (error) {
      this.queue.release();
      throw error;
    }
    this.queue.put({ job, queuedAtMs: monotonicMs() });
    return job;
  }

  async #takeUp(jobs: readonly Job[]): Promise<void> {
    try {
      for (const job of jobs) {
        await this.queue.reserve(this.#shutdown.signal);
        this.queue.put({ job, queuedAtMs: monotonicMs() });
      }
    } catch (error) {
      // A service that stops at once leaves them where they are: in the journal.
      if (!(error instanceof QueueClosed)) throw error;
    }
  }

  async #work(): Promise<void> {
    for (let next = await this.queue.take(); next !== null; next = await this.queue.take()) {
      this.#activeWorkers += 1;
      try {
        await this.#runToEnd(next);
      } catch (error) {
        // The journal could not be written: the job stays unfinished and comes back at the next start.
        console.error(`job ${next.job.id} could not be recorded: ${String(error)}`);
      } finally {
        this.#activeWorkers -= 1;
      }
    }
  }

  async #runToEnd({ job, queuedAtMs }: QueuedJob): Promise<void> {
    const { taskTimeoutMs, maxAttempts, fault } = this.#settings;
    const task = taskCatalog(fault)[job.kind];
    const retry = { maxAttempts, firstDelayMs: 50, longestDelayMs: 1_000 };
    const startedAtMs = monotonicMs();
    this.figures.recordWait(startedAtMs - queuedAtMs);
    await this.#store.start(job);
    const attempt = (signal: AbortSignal) => task(job.input, this.#tools, signal);
    const end = await runJob(attempt, { timeoutMs: taskTimeoutMs, retry }, this.#shutdown.signal);
    await this.#store.finish(job, end);
    if (end.outcome !== "handed-back") this.figures.recordEnd(end.outcome, monotonicMs() - startedAtMs);
  }
}
