import { monotonicMs } from "../../src/clock.js";

export type BreakerState = "closed" | "open" | "half-open";

export interface BreakerSettings {
  /** Failures in a row that open the circuit. */
  readonly failuresToOpen: number;
  /** How long it stays open before one call may probe, milliseconds. */
  readonly openMs: number;
}

/** A call that the breaker let through; it must be settled once. */
export interface AdmittedCall {
  /** `abandoned`: the caller went away, which says nothing about the service. */
  settle(outcome: "ok" | "failed" | "abandoned"): void;
}

/**
 * Stops calling a service that is broken: closed until failures come in a row, then open (calls are
 * refused at once, and the service has peace to recover), then half-open: one probe decides between
 * closed and open.
 */
export class CircuitBreaker {
  readonly #settings: BreakerSettings;
  #failuresInRow = 0;
  #openedAtMs: number | null = null;
  #probing = false;
  #opens = 0;

  constructor(settings: BreakerSettings) {
    this.#settings = settings;
  }

  get state(): BreakerState {
    if (this.#openedAtMs === null) return "closed";
    return this.remainingOpenMs > 0 ? "open" : "half-open";
  }

  /** How often it has opened. */
  get opens(): number {
    return this.#opens;
  }

  /** Milliseconds until a probe may pass; 0 when one may now. */
  get remainingOpenMs(): number {
    if (this.#openedAtMs === null) return 0;
    return Math.max(0, this.#openedAtMs + this.#settings.openMs - monotonicMs());
  }

  /** @returns null when the call is refused. */
  admit(): AdmittedCall | null {
    if (this.#openedAtMs === null) return { settle: (outcome) => this.#settle(outcome) };
    if (this.remainingOpenMs > 0 || this.#probing) return null;
    this.#probing = true;
    return {
      settle: (outcome) => {
        this.#probing = false;
        this.#settle(outcome);
      },
    };
  }

  #settle(outcome: "ok" | "failed" | "abandoned"): void {
    if (outcome === "abandoned") return;
    if (outcome === "ok") {
      this.#failuresInRow = 0;
      this.#openedAtMs = null;
      return;
    }
    this.#failuresInRow += 1;
    // Calls that were under way when the circuit opened fail too, and must not open it anew.
    if (this.state === "open" || this.#failuresInRow < this.#settings.failuresToOpen) return;
    this.#openedAtMs = monotonicMs();
    this.#opens += 1;
  }
}
