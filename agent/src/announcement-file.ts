/** Writes the announcement of this process. Runs in the agent's thread, so that no block delays it. */
import fs from "node:fs";
import path from "node:path";
import type { Announcement, ListeningAddress } from "./catalog/announcement";

export class AnnouncementFile {
  readonly #folder: string;
  #announcement: Announcement;

  /**
   * @param argv the program's own arguments, without Node's options.
   * @param clusterPrimaryPid the process that forked this one as a worker of its cluster, or null.
   */
  constructor(folder: string, argv: readonly string[], clusterPrimaryPid: number | null) {
    this.#folder = folder;
    this.#announcement = {
      schema: "loopscope/announcement/1",
      pid: process.pid,
      parentPid: process.ppid,
      clusterPrimaryPid,
      node: process.version,
      argv,
      agentUrl: null,
      listening: [],
    };
  }

  setAgentUrl(agentUrl: string | null): void {
    this.#announcement = { ...this.#announcement, agentUrl };
    this.#write();
  }

  addListening(address: ListeningAddress): void {
    this.#announcement = {
      ...this.#announcement,
      listening: [...this.#announcement.listening, address],
    };
    this.#write();
  }

  /** By rename, so that a reader never sees half a file. */
  #write(): void {
    fs.mkdirSync(this.#folder, { recursive: true });
    const target = path.join(this.#folder, `${process.pid}.json`);
    const draft = `${target}.${process.hrtime.bigint()}.draft`;
    fs.writeFileSync(draft, JSON.stringify(this.#announcement));
    fs.renameSync(draft, target);
  }
}
