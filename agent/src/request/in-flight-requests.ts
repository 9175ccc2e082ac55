/**
 * The requests that are being answered, in slots that are used again. A Set would be shorter, but one that is
 * filled and emptied thousands of times a second leaves a chain of outgrown tables behind, each keeping the
 * next and its requests alive until a full collection: measured, scavenges took three times as long.
 */

import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

const slotOf = Symbol("loopscope.slot");

interface SlottedResponse extends ServerResponse {
  [slotOf]?: number;
}

/** The requests that a block of another held up. */
export interface HeldUp {
  readonly count: number;
  /** Summed over them. */
  readonly delayMs: number;
}

/** When a request began, and how long blocks of other requests have held it up. */
export interface InFlightRequest {
  response: SlottedResponse | null;
  /** Milliseconds on the monotonic clock. */
  startedMs: number;
  heldUpMs: number;
}

export class InFlightRequests {
  readonly #slots: InFlightRequest[] = [];
  readonly #free: number[] = [];

  /** @param startedMs milliseconds on the monotonic clock. */
  add(response: SlottedResponse, startedMs: number): void {
    const index = this.#free.pop() ?? this.#slots.length;
    const slot = this.#slots[index];
    if (slot === undefined) this.#slots.push({ response, startedMs, heldUpMs: 0 });
    else {
      slot.response = response;
      slot.startedMs = startedMs;
      slot.heldUpMs = 0;
    }
    response[slotOf] = index;
  }

  /** @returns what was known, to be read before the next `add`; undefined when it is not in flight. */
  remove(response: SlottedResponse): Readonly<InFlightRequest> | undefined {
    const index = response[slotOf];
    if (index === undefined) return undefined;
    const slot = this.#slots[index];
    if (slot?.response !== response) return undefined;
    slot.response = null;
    this.#free.push(index);
    return slot;
  }

  /** Those whose connection it is. */
  ofSocket(socket: Socket): readonly ServerResponse[] {
    const found: ServerResponse[] = [];
    for (const { response } of this.#slots) if (response?.req.socket === socket) found.push(response);
    return found;
  }

  /** Charges the part of a block that fell into each request to it, but for the one that blocked. */
  holdUp(startMs: number, endMs: number, culprit: unknown): HeldUp {
    let count = 0;
    let delayMs = 0;
    for (const slot of this.#slots) {
      if (slot.response === null || slot.response.req === culprit) continue;
      const delay = endMs - Math.max(startMs, slot.startedMs);
      if (delay <= 0) continue;
      slot.heldUpMs += delay;
      count++;
      delayMs += delay;
    }
    return { count, delayMs };
  }

  clear(): void {
    this.#slots.length = 0;
    this.#free.length = 0;
  }
}
