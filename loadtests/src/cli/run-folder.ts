/** The folder of one run, and its timeline, written while the load runs. */

import { createWriteStream, type WriteStream } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { finished } from "node:stream/promises";
import { LoopscopeError } from "../loopscope-error.js";
import type { TimelineLine } from "../measure/timeline-line.js";

const RUNS_FOLDER = "runs";

export class RunFolder {
  readonly path: string;
  /** `2026-11-20T22-19-03-users` */
  readonly id: string;
  readonly #timeline: WriteStream;

  private constructor(folder: string, id: string) {
    this.path = folder;
    this.id = id;
    this.#timeline = createWriteStream(path.join(folder, "timeline.ndjson"));
    // A full disk must not lose the run: what fits is kept, the report says what it could not read.
    this.#timeline.on("error", () => undefined);
  }

  /**
   * @param chosen `--out`; undefined: `runs/<time>-<name>/` below the working folder.
   * @throws LoopscopeError OUTPUT_NOT_WRITABLE.
   */
  static async create(chosen: string | undefined, name: string, startedAtMs: number): Promise<RunFolder> {
    const time = new Date(startedAtMs).toISOString().slice(0, 19).replaceAll(":", "-");
    const id = `${time}-${fileName(name)}`;
    try {
      if (chosen !== undefined) {
        const folder = path.resolve(chosen);
        await mkdir(folder, { recursive: true });
        await writeFile(path.join(folder, "timeline.ndjson"), "");
        return new RunFolder(folder, id);
      }
      await mkdir(RUNS_FOLDER, { recursive: true });
      return new RunFolder(await makeUnusedFolder(path.resolve(RUNS_FOLDER, id)), id);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new LoopscopeError("OUTPUT_NOT_WRITABLE", `the run's folder cannot be written: ${reason}.`);
    }
  }

  /** A folder made in the same way for several runs, without a timeline of its own. Returns its path. */
  static async createForMany(chosen: string | undefined, name: string, startedAtMs: number): Promise<string> {
    const whole = await RunFolder.create(chosen, name, startedAtMs);
    await whole.closeTimeline();
    await rm(path.join(whole.path, "timeline.ndjson"));
    return whole.path;
  }

  append(line: TimelineLine): void {
    this.#timeline.write(`${JSON.stringify(line)}\n`);
  }

  async closeTimeline(): Promise<void> {
    this.#timeline.end();
    await finished(this.#timeline).catch(() => undefined);
  }

  async write(name: string, text: string): Promise<void> {
    await writeFile(path.join(this.path, name), text);
  }
}

/** Two runs may begin within one second. */
async function makeUnusedFolder(wanted: string): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const folder = attempt === 1 ? wanted : `${wanted}-${attempt}`;
    try {
      await mkdir(folder);
      return folder;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

function fileName(name: string): string {
  const safe = name.replace(/[^\w.-]+/g, "-").replace(/^[-.]+|-+$/g, "");
  return safe === "" ? "run" : safe.slice(0, 60);
}
