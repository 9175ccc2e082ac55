import { monotonicMs } from "../../../clock.js";
import type { VirtualUser } from "../run/virtual-user.js";

/** `options.rps`: lets requests of all virtual users through one by one, evenly spaced. */
export class RequestGate {
  readonly #gapMs: number;
  #nextAtMs = 0;

  /** @param requestsPerSecond above 0 */
  constructor(requestsPerSecond: number) {
    this.#gapMs = 1000 / requestsPerSecond;
  }

  /** Resolves when the user's request may go. @throws IterationInterrupted when its time ends first */
  async pass(user: VirtualUser): Promise<void> {
    const now = monotonicMs();
    const at = Math.max(now, this.#nextAtMs);
    this.#nextAtMs = at + this.#gapMs;
    if (at > now) await user.sleep((at - now) / 1000);
  }
}
