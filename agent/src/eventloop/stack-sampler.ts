/**
 * Takes stacks of another thread while that one is blocked, through an inspector session that is opened only
 * for the block: a session that stays would keep console arguments alive and hold the process at its exit.
 * Runs in the agent's thread.
 */
import { Session } from "node:inspector";
import { monotonicMs } from "../clock";
import type { StackSample } from "./block-report";
import { CLOSING, type HeartbeatSlot, SESSION, STATE } from "./heartbeat-layout";
import { CAPTURE_KEY, type CaptureAnswer } from "./stack-capture";

const EXPRESSION = `globalThis[Symbol.for(${JSON.stringify(CAPTURE_KEY)})]()`;

/** The part of a watched thread that can be asked for its stack. */
export class StackSampler {
  readonly #slot: HeartbeatSlot;
  readonly #onSample: (sample: StackSample) => void;
  #session: Session | undefined;
  /** At most one: a blocked native call would otherwise queue hundreds, all served at its end. */
  #outstandingSinceMs: number | null = null;

  constructor(slot: HeartbeatSlot, onSample: (sample: StackSample) => void) {
    this.#slot = slot;
    this.#onSample = onSample;
  }

  get isConnected(): boolean {
    return this.#session !== undefined;
  }

  /** Asks for a stack, unless an earlier question is still open. Throws where there is no inspector. */
  request(): void {
    if (this.#outstandingSinceMs !== null) return;
    const { flags } = this.#slot;
    if (this.#session === undefined) {
      Atomics.store(flags, SESSION, 1);
      if (Atomics.load(flags, STATE) === CLOSING) {
        this.disconnect();
        return;
      }
      this.#session = new Session();
      this.#session.connectToMainThread();
    }
    const requestedMs = monotonicMs();
    this.#outstandingSinceMs = requestedMs;
    this.#session.post(
      "Runtime.evaluate",
      { expression: EXPRESSION, silent: true, returnByValue: true },
      (error, answer) => {
        this.#outstandingSinceMs = null;
        const value: unknown = answer?.result.value;
        if (error !== null || typeof value !== "string") return;
        const capture = JSON.parse(value) as CaptureAnswer;
        if (capture.frames.length > 0) this.#onSample({ requestedMs, ...capture });
      },
    );
  }

  disconnect(): void {
    this.#session?.disconnect();
    this.#session = undefined;
    this.#outstandingSinceMs = null;
    Atomics.store(this.#slot.flags, SESSION, 0);
    Atomics.notify(this.#slot.flags, SESSION);
  }
}
