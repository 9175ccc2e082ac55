import { type FileHandle, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { JobKind, JobOutcome } from "./job.js";

/** One line of the journal. Replaying the lines in order gives back every job as it was. */
export type JournalEntry =
  | {
      readonly event: "accepted";
      readonly id: string;
      readonly kind: JobKind;
      readonly input: Readonly<Record<string, unknown>>;
    }
  | { readonly event: "started"; readonly id: string }
  | {
      readonly event: "finished";
      readonly id: string;
      readonly outcome: JobOutcome;
      readonly attempts: number;
      readonly result: unknown;
      readonly error: string | null;
    };

interface PendingLine {
  readonly text: string;
  readonly written: () => void;
  readonly failed: (error: unknown) => void;
}

/** Makes the journal short again: what is worth remembering, once it has grown past a number of lines. */
export interface Compaction {
  readonly maxLines: number;
  /** Exactly what the lines written so far amount to. */
  entries(): readonly JournalEntry[];
}

/**
 * The write-ahead journal: a job is accepted when its line is on the disk, and finished when the line that
 * carries its result is. Result and completion are one line, so a crash leaves both or neither: a job may be
 * started again after a crash, but its effect happens once.
 *
 * Lines that arrive while a flush is under way share the next one (group commit), so the price of a flush is
 * divided among the jobs of a busy moment.
 */
export class JobJournal {
  readonly #path: string;
  #file: FileHandle;
  #lines: number;
  /** What is on the disk for sure. */
  #bytes: number;
  #compaction: Compaction | null = null;
  #pending: PendingLine[] = [];
  #writing: Promise<void> | null = null;

  private constructor(
    path: string,
    file: FileHandle,
    holds: { readonly lines: number; readonly bytes: number },
  ) {
    this.#path = path;
    this.#file = file;
    this.#lines = holds.lines;
    this.#bytes = holds.bytes;
  }

  /** Opens the journal in `folder`, with what it remembers. A last line cut short by a crash is dropped. */
  static async open(folder: string): Promise<{ journal: JobJournal; entries: JournalEntry[] }> {
    await mkdir(folder, { recursive: true });
    const path = join(folder, "journal.ndjson");
    const { entries, validBytes } = await readEntries(path);
    const file = await open(path, "a");
    // Appending after half a line would spoil the first good one.
    await file.truncate(validBytes);
    await syncFolder(folder);
    const holds = { lines: entries.length, bytes: validBytes };
    return { journal: new JobJournal(path, file, holds), entries };
  }

  compactBy(compaction: Compaction): void {
    this.#compaction = compaction;
  }

  /** Resolves when the entry has reached the disk. */
  append(entry: JournalEntry): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ text: toLine(entry), written: resolve, failed: reject });
      this.#writing ??= this.#writePending();
    });
  }

  async close(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
    await this.#file.close();
  }

  async #writePending(): Promise<void> {
    // One turn of the loop gathers what arrived together.
    await nextTurn();
    while (this.#pending.length > 0) {
      const lines = this.#pending;
      this.#pending = [];
      try {
        const bytes = Buffer.from(lines.map((line) => line.text).join(""));
        await this.#file.appendFile(bytes);
        await this.#file.datasync();
        this.#bytes += bytes.length;
        this.#lines += lines.length;
        for (const line of lines) line.written();
      } catch (error) {
        // A full disk may have taken half of them: what nobody was promised must not spoil what comes next.
        await this.#file.truncate(this.#bytes).catch(() => undefined);
        for (const line of lines) line.failed(error);
      }
      // After a turn, whoever waited for these lines has acted on them, and the entries are up to date.
      await nextTurn();
      await this.#compactWhenLong();
    }
    this.#writing = null;
  }

  /** Replaces the journal in one step: a crash leaves the old one or the new one, never half of either. */
  async #compactWhenLong(): Promise<void> {
    if (this.#compaction === null || this.#lines <= this.#compaction.maxLines) return;
    const entries = this.#compaction.entries();
    const temporaryPath = `${this.#path}.new`;
    try {
      await rm(temporaryPath, { force: true });
      const file = await open(temporaryPath, "a");
      const bytes = Buffer.from(entries.map(toLine).join(""));
      await file.appendFile(bytes);
      await file.datasync();
      await rename(temporaryPath, this.#path);
      await syncFolder(dirname(this.#path));
      const replaced = this.#file;
      this.#file = file;
      this.#lines = entries.length;
      this.#bytes = bytes.length;
      await replaced.close();
    } catch (error) {
      // The long journal is still whole: say so, go on with it, and try again after as many lines.
      console.error(`the journal could not be compacted: ${String(error)}`);
      this.#lines = 0;
    }
  }
}

function toLine(entry: JournalEntry): string {
  return `${JSON.stringify(entry)}\n`;
}

async function readEntries(path: string): Promise<{ entries: JournalEntry[]; validBytes: number }> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { entries: [], validBytes: 0 };
    throw error;
  }
  const validBytes = bytes.lastIndexOf("\n") + 1;
  const lines = bytes.toString("utf8", 0, validBytes).split("\n").slice(0, -1);
  return { entries: lines.map((line, index) => parsedLine(line, `${path}, line ${index + 1}`)), validBytes };
}

function parsedLine(line: string, place: string): JournalEntry {
  try {
    return JSON.parse(line) as JournalEntry;
  } catch {
    // Guessing here could lose a job or do one twice: a person has to look.
    throw new Error(`${place} is damaged: it is not JSON`);
  }
}

/** A new name is safe only when its folder is on the disk too. Windows has no such call and needs none. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => null);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
