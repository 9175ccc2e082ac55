/** Sends a run's metrics to one address while it runs. What goes wrong is told once and never fails the run. */
import { failureReason } from "./failure-reason.js";

/** A push that takes longer is given up: the next one brings the same totals. */
const PUSH_TIMEOUT_MS = 5000;
/** Intervals of a second come a little early or late: one that is early by less than this is not put off. */
const EARLY_MS = 300;

/** What is sent: text, or bytes. */
export type MetricBody = string | Uint8Array<ArrayBuffer>;

export interface MetricPushSettings {
  readonly url: string;
  /** What lets us in, and what the body is. */
  readonly headers: Readonly<Record<string, string>>;
  readonly intervalMs: number;
}

export class MetricPush {
  readonly #settings: MetricPushSettings;
  readonly #say: (line: string) => void;
  #lastAtMs = Number.NEGATIVE_INFINITY;
  #underWay: Promise<void> = Promise.resolve();
  #pushing = false;
  #complained = false;

  /** @param say a line for the user */
  constructor(settings: MetricPushSettings, say: (line: string) => void) {
    this.#settings = settings;
    this.#say = say;
  }

  /**
   * Pushes when the last push is long enough ago and has ended: a slow server gets fewer pushes, not a queue.
   * @param body asked for only then; null: there is nothing to push
   */
  whenDue(atMs: number, body: () => MetricBody | null): void {
    if (this.#pushing || atMs < this.#lastAtMs + this.#settings.intervalMs - EARLY_MS) return;
    this.#lastAtMs = atMs;
    this.#underWay = this.#push(body());
  }

  /** Pushes as soon as the push under way has ended. */
  async atLast(body: () => MetricBody | null): Promise<void> {
    await this.#underWay;
    await this.#push(body());
  }

  async #push(body: MetricBody | null): Promise<void> {
    if (body === null) return;
    const { url, headers } = this.#settings;
    this.#pushing = true;
    try {
      const signal = AbortSignal.timeout(PUSH_TIMEOUT_MS);
      const answer = await fetch(url, { method: "POST", headers, body, signal });
      const text = await answer.text();
      if (!answer.ok) this.#complain(`${answer.status} ${text.trim()}`);
    } catch (error) {
      this.#complain(failureReason(error));
    } finally {
      this.#pushing = false;
    }
  }

  #complain(reason: string): void {
    if (this.#complained) return;
    this.#complained = true;
    const place = this.#settings.url.replace(/\/\/[^@/]*@/, "//");
    this.#say(`metrics could not be pushed to ${place}: ${reason.slice(0, 300)}`);
  }
}
