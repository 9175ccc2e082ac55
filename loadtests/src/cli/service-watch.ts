/** Follows one agent and keeps what a live view needs. A target that restarts is found again by the stream. */

import type { Block, Frame } from "@loopscope/agent/catalog";
import { epochMs } from "../clock.js";
import { AgentStream } from "../target/agent-stream.js";

/** Five minutes, and a little more. */
const FRAMES_KEPT = 310;
const BLOCKS_KEPT = 100;

export interface ServiceRestart {
  readonly pid: number;
  readonly formerPid: number;
  /** When it was seen, epoch milliseconds. */
  readonly seenAt: number;
}

export class ServiceWatch {
  readonly url: string;
  readonly #stream: AgentStream;
  #frames: readonly Frame[] = [];
  #blocks: readonly Block[] = [];
  #blockCount = 0;
  #firstFrameAt: number | null = null;
  #heardAt: number | null = null;
  #lossReason: string | null = null;
  #restart: ServiceRestart | null = null;

  /** @param url the agent's endpoint, without a path. */
  constructor(url: string, token: string | undefined) {
    this.url = url;
    this.#stream = new AgentStream(url, token, {
      onFrame: (frame) => this.#addFrame(frame),
      onBlock: (block) => {
        this.#blockCount++;
        this.#blocks = [...this.#blocks, block].slice(-BLOCKS_KEPT);
      },
      onLoss: (reason) => {
        this.#lossReason = reason;
      },
    });
  }

  /**
   * Oldest first, at most five minutes of them, also from before a restart of the service. A new list at each
   * change, as with `blocks`.
   */
  get frames(): readonly Frame[] {
    return this.#frames;
  }

  /** Newest last. */
  get blocks(): readonly Block[] {
    return this.#blocks;
  }

  /** Blocks seen, also those no longer kept. */
  get blockCount(): number {
    return this.#blockCount;
  }

  /** End of the first frame's window by the agent's clock, epoch milliseconds; null: there was none. */
  get firstFrameAt(): number | null {
    return this.#firstFrameAt;
  }

  get wasHeard(): boolean {
    return this.#heardAt !== null;
  }

  /** Since the last frame; null: there was none. */
  get silentSeconds(): number | null {
    return this.#heardAt === null ? null : (epochMs() - this.#heardAt) / 1000;
  }

  /** Why the agent cannot be heard; null while it is. */
  get lossReason(): string | null {
    return this.#lossReason;
  }

  /** The latest restart that was seen, or null. */
  get restart(): ServiceRestart | null {
    return this.#restart;
  }

  close(): void {
    this.#stream.close();
  }

  #addFrame(frame: Frame): void {
    const previous = this.#frames.at(-1);
    if (previous !== undefined && previous.pid !== frame.pid) {
      this.#restart = { pid: frame.pid, formerPid: previous.pid, seenAt: epochMs() };
    }
    this.#firstFrameAt ??= frame.at;
    this.#heardAt = epochMs();
    this.#lossReason = null;
    this.#frames = [...this.#frames, frame].slice(-FRAMES_KEPT);
  }
}
