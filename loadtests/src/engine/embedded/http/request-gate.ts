import { processWideMs } from "../../../clock.js";
import type { VirtualUser } from "../run/virtual-user.js";

/** `options.rps`: lets requests of all virtual users, in whatever thread, through one by one, evenly spaced. */
export class RequestGate {
  readonly #gapNs: bigint;
  /** Nanoseconds on the process-wide clock: when the next request may go. */
  readonly #next: BigInt64Array;

  /** @param requestsPerSecond above 0. @param memory eight bytes that all threads of the run share */
  constructor(requestsPerSecond: number, memory = new SharedArrayBuffer(8)) {
    this.#gapNs = BigInt(Math.round(1e9 / requestsPerSecond));
    this.#next = new BigInt64Array(memory);
  }

  /** Resolves when the user's request may go. @throws IterationInterrupted when its time ends first */
  async pass(user: VirtualUser): Promise<void> {
    const nowMs = processWideMs();
    const waitMs = Number(this.#reserve(BigInt(Math.round(nowMs * 1e6)))) / 1e6 - nowMs;
    if (waitMs > 0) await user.sleep(waitMs / 1000);
  }

  #reserve(nowNs: bigint): bigint {
    for (;;) {
      const next = Atomics.load(this.#next, 0);
      const at = next > nowNs ? next : nowNs;
      // Another thread was faster: look again.
      if (Atomics.compareExchange(this.#next, 0, next, at + this.#gapNs) === next) return at;
    }
  }
}
