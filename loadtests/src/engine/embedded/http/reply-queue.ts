/** A reply shall not seem late because the scripts of those that came with it went on before it was read. */

import { monotonicMs } from "../../../clock.js";
import type { SendTogether } from "../../send-together.js";

/** A reply that has been read and timed, and whose script waits for it. */
export interface ReadReply {
  /** The one that was read after it. */
  nextRead: ReadReply | null;
  goOn(): void;
}

/** How long scripts go on before the loop looks for further replies, and for arrivals that are due. */
const LONGEST_TURN_MS = 0.5;

/** Requests in flight from which replies wait. With fewer, what their scripts take is a fraction of a millisecond. */
export const QUEUED_FROM_REQUESTS = 32;

/** Lets scripts go on, in the order of their replies, when the loop has read and timed all that came together. */
export class ReplyQueue {
  readonly #together: SendTogether;
  #first: ReadReply | null = null;
  #last: ReadReply | null = null;
  #turnEndsAtMs = 0;

  /** @param together what the scripts send in a turn goes out at its end */
  constructor(together: SendTogether) {
    this.#together = together;
  }

  get isEmpty(): boolean {
    return this.#first === null;
  }

  add(reply: ReadReply): void {
    if (this.#last === null) {
      this.#first = reply;
      this.#askForTurn();
    } else this.#last.nextRead = reply;
    this.#last = reply;
  }

  #askForTurn(): void {
    setImmediate(this.#beginTurn);
    setImmediate(this.#together.sendAll);
  }

  readonly #beginTurn = (): void => {
    this.#together.isExpected = true;
    this.#turnEndsAtMs = monotonicMs() + LONGEST_TURN_MS;
    this.#goOn();
  };

  /** One at a time, each when the script of the one before has run: only so is it known how long that took. */
  readonly #goOn = (): void => {
    const reply = this.#first;
    if (reply === null) return;
    this.#first = reply.nextRead;
    reply.nextRead = null;
    reply.goOn();
    if (this.#first === null) this.#last = null;
    else if (monotonicMs() < this.#turnEndsAtMs) queueMicrotask(this.#goOn);
    else this.#askForTurn();
  };
}
