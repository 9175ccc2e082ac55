/** Follows the frames and blocks of a cluster's workers, for as long as somebody follows the cluster's. */

import type { Block } from "../catalog/block";
import type { Frame } from "../catalog/frame";
import type { ClusterFolder } from "./cluster-folder";
import type { ProcessFrames } from "./merged-frame";
import { openWorkerStream } from "./worker-client";

interface FollowedWorker {
  readonly ending: AbortController;
  latest: Frame | null;
  waiting: Frame[];
}

export class WorkerStreams {
  readonly #folder: ClusterFolder;
  readonly #ownPid: number;
  readonly #onBlock: (pid: number, block: Block) => void;
  readonly #followed = new Map<number, FollowedWorker>();

  constructor(folder: ClusterFolder, ownPid: number, onBlock: (pid: number, block: Block) => void) {
    this.#folder = folder;
    this.#ownPid = ownPid;
    this.#onBlock = onBlock;
  }

  /** Follows those that came since the last call. A stream that ends is taken up again at the next one. */
  follow(): void {
    for (const pid of this.#folder.workers()) {
      if (pid === this.#ownPid || this.#followed.has(pid)) continue;
      const worker: FollowedWorker = { ending: new AbortController(), latest: null, waiting: [] };
      this.#followed.set(pid, worker);
      void this.#read(pid, worker).finally(() => this.#followed.delete(pid));
    }
  }

  stop(): void {
    for (const { ending } of this.#followed.values()) ending.abort();
  }

  /** Frames whose window lies for the most part before `at`, of each worker that has told one at all. */
  takeUntil(at: number): readonly ProcessFrames[] {
    return [...this.#followed.values()].flatMap((worker) => {
      const fresh = worker.waiting.filter((frame) => frame.at - frame.windowMs / 2 <= at);
      worker.waiting = worker.waiting.filter((frame) => !fresh.includes(frame));
      worker.latest = fresh.at(-1) ?? worker.latest;
      return worker.latest === null ? [] : [{ latest: worker.latest, fresh }];
    });
  }

  async #read(pid: number, worker: FollowedWorker): Promise<void> {
    try {
      const socket = this.#folder.socketOf(pid);
      const events = await openWorkerStream(socket, "/stream", worker.ending.signal);
      let unread = "";
      for await (const chunk of events) {
        const messages = (unread + chunk).split("\n\n");
        unread = messages.pop() ?? "";
        for (const message of messages) this.#take(pid, worker, message);
      }
    } catch {
      // It ended, or is not there yet: `follow` looks again.
    }
  }

  #take(pid: number, worker: FollowedWorker, message: string): void {
    const [, event, data] = /^event: (\w+)\ndata: (.*)$/m.exec(message) ?? [];
    if (data === undefined) return;
    if (event === "block") this.#onBlock(pid, JSON.parse(data) as Block);
    if (event === "frame") worker.waiting.push(JSON.parse(data) as Frame);
  }
}
