/** Reads what processes with the agent announce in a folder of ours. */

import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Announcement } from "@loopscope/agent/catalog";

export class AnnouncementFolder {
  readonly path: string;

  private constructor(folder: string) {
    this.path = folder;
  }

  static async create(): Promise<AnnouncementFolder> {
    return new AnnouncementFolder(await mkdtemp(path.join(tmpdir(), "loopscope-")));
  }

  /** All announcements there are, lowest process id first; a file that is not whole JSON yet is left out. */
  async read(): Promise<readonly Announcement[]> {
    const names = (await readdir(this.path)).filter((name) => /^\d+\.json$/.test(name));
    const texts = await Promise.all(
      names.map((name) => readFile(path.join(this.path, name), "utf8").catch(() => "")),
    );
    return texts
      .map(parseAnnouncement)
      .filter((announcement) => announcement !== undefined)
      .sort((a, b) => a.pid - b.pid);
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

function parseAnnouncement(text: string): Announcement | undefined {
  try {
    const announcement = JSON.parse(text) as Announcement;
    return announcement.schema === "loopscope/announcement/1" ? announcement : undefined;
  } catch {
    return undefined;
  }
}
