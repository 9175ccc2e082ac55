/**
 * Where the processes of one cluster find each other: a folder of this user's own, with one socket for each worker.
 * No message goes over the cluster's own channel, which belongs to the application.
 */

import fs from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

export class ClusterFolder {
  readonly #ofUser: string;
  readonly #path: string;

  /** @param primaryPid the process that forked the workers. */
  constructor(primaryPid: number) {
    this.#ofUser = path.join(tmpdir(), `loopscope-${process.getuid?.() ?? "user"}`);
    this.#path = path.join(this.#ofUser, String(primaryPid));
  }

  /** Windows' named pipes are in no folder that could be kept to one user: there each worker stands alone. */
  static get isSupported(): boolean {
    return process.platform !== "win32";
  }

  /** @throws Error when the folder cannot be made, or is not only this user's. */
  create(): void {
    fs.mkdirSync(this.#ofUser, { mode: 0o700, recursive: true });
    if (!isOwn(this.#ofUser)) throw new Error(`${this.#ofUser} is not this user's own folder (mode 0700)`);
    fs.mkdirSync(this.#path, { mode: 0o700, recursive: true });
  }

  /** Whether a worker was ever here. */
  get exists(): boolean {
    return ClusterFolder.isSupported && fs.existsSync(this.#path);
  }

  socketOf(pid: number): string {
    return path.join(this.#path, `${pid}.sock`);
  }

  /** Process ids of the workers that left a socket here, lowest first. */
  workers(): readonly number[] {
    // Somebody else's sockets would tell somebody else's figures.
    if (!this.exists || !isOwn(this.#ofUser)) return [];
    return fs
      .readdirSync(this.#path)
      .map((name) => Number(/^(\d+)\.sock$/.exec(name)?.[1]))
      .filter((pid) => Number.isInteger(pid))
      .sort((a, b) => a - b);
  }

  /** Removes what a worker that has gone left behind, and the folder with the last one. */
  forget(pid: number): void {
    fs.rmSync(this.socketOf(pid), { force: true });
    try {
      fs.rmdirSync(this.#path);
    } catch {
      // Others are in it.
    }
  }
}

/** No symbolic link, and closed to others: the temporary folder is open to all. */
function isOwn(folder: string): boolean {
  try {
    const found = fs.lstatSync(folder);
    return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0;
  } catch {
    return false;
  }
}

/** Whether there is a process with this id: a socket that nobody listens on may be one that is about to. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
