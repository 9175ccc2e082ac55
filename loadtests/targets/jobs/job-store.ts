import type { Job, JobEnd } from "./job.js";
import { JobJournal, type JournalEntry } from "./job-journal.js";

/** A job whose process died this often while it ran is more likely the cause than the victim. */
const MAX_STARTS = 20;

/** Every job the service knows, in memory and in the journal. */
export class JobStore {
  readonly #journal: JobJournal;
  readonly #jobs = new Map<string, Job>();
  /** Finished jobs, oldest first: beyond `keepFinished` they are forgotten, and with them their keys. */
  readonly #finishedIds: string[] = [];
  readonly #keepFinished: number;

  private constructor(journal: JobJournal, keepFinished: number) {
    this.#journal = journal;
    this.#keepFinished = keepFinished;
  }

  /**
   * Reads the journal in `folder`.
   * @param keepFinished finished jobs that are remembered; memory and journal are bounded by it.
   */
  static async open(folder: string, keepFinished: number): Promise<JobStore> {
    const { journal, entries } = await JobJournal.open(folder);
    const store = new JobStore(journal, keepFinished);
    for (const entry of entries) store.#replay(entry);
    journal.compactBy({ maxLines: keepFinished * 6, entries: () => store.#entries() });
    await store.#giveUpPoisonousJobs();
    return store;
  }

  /** Accepted jobs that no earlier life of the service finished, oldest first. */
  unfinished(): Job[] {
    return [...this.#jobs.values()].filter((job) => job.state !== "finished");
  }

  find(id: string): Job | undefined {
    return this.#jobs.get(id);
  }

  /** Resolves when the job is safe on the disk: from here on it is never lost. */
  async accept({ id, kind, input }: Pick<Job, "id" | "kind" | "input">): Promise<Job> {
    const entry = { event: "accepted", id, kind, input } as const;
    await this.#journal.append(entry);
    this.#replay(entry);
    const job = this.#jobs.get(id);
    if (job === undefined) throw new Error(`job ${id} was not kept`);
    return job;
  }

  /** Waits for the disk, so that a job that kills its process is known by its starts. */
  async start(job: Job): Promise<void> {
    const entry = { event: "started", id: job.id } as const;
    await this.#journal.append(entry);
    this.#replay(entry);
  }

  /** Keeps the result for good. A job that was handed back stays as it is, for the next life. */
  async finish(job: Job, end: JobEnd): Promise<void> {
    if (end.outcome === "handed-back") return;
    const { outcome, attempts } = end;
    const entry = {
      event: "finished",
      id: job.id,
      outcome,
      attempts,
      result: end.outcome === "ok" ? (end.result ?? null) : null,
      error: end.outcome === "ok" ? null : end.error,
    } as const;
    await this.#journal.append(entry);
    this.#replay(entry);
  }

  close(): Promise<void> {
    return this.#journal.close();
  }

  #replay(entry: JournalEntry): void {
    if (entry.event === "accepted") {
      const { id, kind, input } = entry;
      const untouched = { state: "queued", starts: 0, attempts: 0, outcome: null, result: null, error: null };
      this.#jobs.set(id, { id, kind, input, ...(untouched as Omit<Job, "id" | "kind" | "input">) });
      return;
    }
    const job = this.#jobs.get(entry.id);
    if (job === undefined) return;
    if (entry.event === "started") {
      job.state = "running";
      job.starts += 1;
      return;
    }
    const { outcome, attempts, result, error } = entry;
    Object.assign(job, { state: "finished", outcome, attempts, result, error });
    this.#finishedIds.push(job.id);
    if (this.#finishedIds.length > this.#keepFinished) this.#jobs.delete(this.#finishedIds.shift() ?? "");
  }

  /** The shortest journal that says what is known. */
  #entries(): JournalEntry[] {
    return [...this.#jobs.values()].flatMap((job) => {
      const { id, kind, input, outcome, attempts, result, error } = job;
      const accepted: JournalEntry = { event: "accepted", id, kind, input };
      const starts = Array.from({ length: job.starts }, (): JournalEntry => ({ event: "started", id }));
      if (outcome === null) return [accepted, ...starts];
      return [accepted, ...starts, { event: "finished", id, outcome, attempts, result, error }];
    });
  }

  async #giveUpPoisonousJobs(): Promise<void> {
    for (const job of this.unfinished()) {
      if (job.starts < MAX_STARTS) continue;
      const error = `given up: the service died ${job.starts} times while this job ran`;
      await this.finish(job, { outcome: "error", attempts: 0, error });
    }
  }
}
