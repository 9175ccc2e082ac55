/** Stretches of code that may block, because somebody said so with `allowBlocking`. */
import type { Block } from "../catalog/block";
import { monotonicMs } from "../clock";
import type { BusyStretch } from "./heartbeat";

/** A stretch remembered longer than any block waits for its report would be of no use. */
const MAX_KEPT = 64;

export class AllowedBlocking {
  #stretches: { startMs: number; endMs: number }[] = [];
  #depth = 0;

  /** Runs `fn`; the time until it returns (not until a promise of its settles) counts as expected. */
  run<T>(fn: () => T): T {
    const startMs = monotonicMs();
    this.#depth++;
    try {
      return fn();
    } finally {
      this.#depth--;
      if (this.#depth === 0) this.#remember(startMs);
    }
  }

  /** Most of the stretch was expected. */
  covers(stretch: BusyStretch): boolean {
    let coveredMs = 0;
    for (const allowed of this.#stretches) {
      coveredMs += Math.max(
        0,
        Math.min(allowed.endMs, stretch.endMs) - Math.max(allowed.startMs, stretch.startMs),
      );
    }
    return coveredMs > stretch.durationMs / 2;
  }

  #remember(startMs: number): void {
    this.#stretches.push({ startMs, endMs: monotonicMs() });
    if (this.#stretches.length > MAX_KEPT) this.#stretches.shift();
  }
}

/**
 * Whether the setting `allowBlocking` expects this block: an entry is the name of a function on its stack, or
 * part of the path of a file on it.
 */
export function isAllowedBlock(block: Block, allowed: readonly string[]): boolean {
  return allowed.some((entry) =>
    block.stack.some((frame) => frame.function === entry || frame.file?.includes(entry) === true),
  );
}
