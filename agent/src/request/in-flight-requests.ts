/**
 * The requests that are being answered, in slots that are used again. A Set would be shorter, but one that is
 * filled and emptied thousands of times a second leaves a chain of outgrown tables behind, each keeping the
 * next and its requests alive until a full collection: measured, scavenges took three times as long. A
 * request is found by its connection, which lives on: a property added to each response is memory for each.
 */

import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { MethodActivity } from "./method-activities";

const latestSlot = Symbol("loopscope.latestSlot");
const NONE = -1;

interface SlottedSocket extends Socket {
  /** Index of the slot of its latest request in flight. */
  [latestSlot]?: number;
}

/** The requests that a block of another held up. */
export interface HeldUp {
  readonly count: number;
  /** Summed over them. */
  readonly delayMs: number;
}

/** When a request began, and how long blocks of other requests have held it up. */
export interface InFlightRequest {
  readonly index: number;
  response: ServerResponse | null;
  socket: Socket | null;
  activity: MethodActivity;
  /** Milliseconds on the monotonic clock. */
  startedMs: number;
  heldUpMs: number;
  /** Index of the slot of the request that came before it on its connection and still waits: pipelining. */
  earlier: number;
}

export class InFlightRequests {
  readonly #slots: InFlightRequest[] = [];
  readonly #free: number[] = [];

  /**
   * @param startedMs milliseconds on the monotonic clock.
   * @returns whether it is the first request of its connection.
   */
  add(response: ServerResponse, socket: SlottedSocket, activity: MethodActivity, startedMs: number): boolean {
    const index = this.#free.pop() ?? this.#slots.length;
    const latest = socket[latestSlot];
    const earlier = latest ?? NONE;
    const slot = this.#slots[index];
    if (slot === undefined) {
      this.#slots.push({ index, response, socket, activity, startedMs, heldUpMs: 0, earlier });
    } else {
      slot.response = response;
      slot.socket = socket;
      slot.activity = activity;
      slot.startedMs = startedMs;
      slot.heldUpMs = 0;
      slot.earlier = earlier;
    }
    socket[latestSlot] = index;
    return latest === undefined;
  }

  /** @returns what was known, to be read before the next `add`; undefined when it is not in flight. */
  remove(response: ServerResponse, socket: SlottedSocket): Readonly<InFlightRequest> | undefined {
    const latest = this.#slotOf(socket, socket[latestSlot] ?? NONE);
    let later: InFlightRequest | undefined;
    let slot = latest;
    while (slot !== undefined && slot.response !== response) {
      later = slot;
      slot = this.#slotOf(socket, slot.earlier);
    }
    if (slot === undefined) return undefined;
    if (later === undefined) socket[latestSlot] = slot.earlier;
    else later.earlier = slot.earlier;
    slot.response = null;
    slot.socket = null;
    this.#free.push(slot.index);
    return slot;
  }

  /** Those whose connection it is, the latest first. */
  ofSocket(socket: SlottedSocket): readonly ServerResponse[] {
    const found: ServerResponse[] = [];
    let slot = this.#slotOf(socket, socket[latestSlot] ?? NONE);
    while (slot !== undefined) {
      if (slot.response !== null) found.push(slot.response);
      slot = this.#slotOf(socket, slot.earlier);
    }
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

  /** Undefined when there is none, or when the socket remembers a slot of before `clear`. */
  #slotOf(socket: Socket, index: number): InFlightRequest | undefined {
    if (index === NONE) return undefined;
    const slot = this.#slots[index];
    return slot?.socket === socket ? slot : undefined;
  }
}
