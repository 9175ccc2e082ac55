/** One line for each block, on standard error, from the agent's thread: also while the service cannot speak. */
import fs from "node:fs";
import type { Block, OpenBlock } from "../catalog/block";

const WINDOW_MS = 10_000;

export interface BlockLogOptions {
  readonly format: "off" | "text" | "json";
  /** Lines per 10 seconds; what goes beyond is counted, and the count is told with the next line. */
  readonly limit: number;
  readonly nowMs: () => number;
  readonly onDrop: () => void;
  /** Writes one line. Default: standard error, past the main thread. */
  readonly write?: (line: string) => void;
}

export class BlockLog {
  readonly #options: BlockLogOptions;
  #windowStartMs = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #dropped = 0;

  constructor(options: BlockLogOptions) {
    this.#options = options;
  }

  ended(block: Block): void {
    this.#line(
      () => describeBlock(block),
      () => ({ event: "block", ...withoutProfile(block) }),
    );
  }

  /** A block that has lasted long and still does. */
  lasting(open: OpenBlock): void {
    this.#line(
      () => describeOpenBlock(open),
      () => ({ event: "open-block", ...open }),
    );
  }

  #line(text: () => string, json: () => object): void {
    const { format, limit, nowMs, onDrop } = this.#options;
    if (format === "off") return;
    const now = nowMs();
    if (now - this.#windowStartMs >= WINDOW_MS) {
      this.#windowStartMs = now;
      this.#lines = 0;
    }
    if (this.#lines >= limit) {
      this.#dropped++;
      onDrop();
      return;
    }
    this.#lines++;
    const dropped = this.#dropped;
    this.#dropped = 0;
    this.#write(
      format === "json"
        ? JSON.stringify(dropped > 0 ? { ...json(), linesDropped: dropped } : json())
        : `[loopscope] ${text()}${dropped > 0 ? ` (${dropped} earlier blocks not logged)` : ""}`,
    );
  }

  #write(line: string): void {
    const { write } = this.#options;
    if (write !== undefined) write(line);
    else fs.writeSync(2, `${line}\n`);
  }
}

/** `blocked 312 ms in hashPassword (src/users.ts:41) by crypto.pbkdf2Sync during POST /users`. */
export function describeBlock(block: Block): string {
  const parts = [`blocked ${Math.round(block.durationMs)} ms (${block.cause})`];
  parts.push(...placeOf(block));
  if (block.evidence.nativeCall !== null) parts.push(`calling ${block.evidence.nativeCall}`);
  if (block.userFrame !== null) {
    parts.push(`from ${block.userFrame.function} (${block.userFrame.file}:${block.userFrame.line})`);
  }
  parts.push(...requestOf(block));
  if (block.thread !== "main") parts.push(`on ${block.thread}`);
  if (block.confidence === "inferred" || block.confidence === "caller") parts.push(`[${block.confidence}]`);
  return parts.join(" ");
}

function describeOpenBlock(open: OpenBlock): string {
  const parts = [`still blocked after ${Math.round(open.ageMs)} ms`, ...placeOf(open), ...requestOf(open)];
  if (open.thread !== "main") parts.push(`on ${open.thread}`);
  return parts.join(" ");
}

function placeOf(place: Pick<OpenBlock, "function" | "file" | "line">): string[] {
  if (place.function === null) return [];
  return [
    `in ${place.function} (${place.file ?? "unknown file"}${place.line === null ? "" : `:${place.line}`})`,
  ];
}

function requestOf(place: Pick<OpenBlock, "method" | "route">): string[] {
  return place.method === null ? [] : [`during ${place.method} ${place.route ?? "unmatched"}`];
}

function withoutProfile(block: Block): Omit<Block, "profile"> {
  const { profile: _profile, ...rest } = block;
  return rest;
}
