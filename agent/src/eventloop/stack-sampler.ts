/**
 * Takes stacks of another thread while that one is blocked, through an inspector session that is opened only
 * for the block: a session that stays would keep console arguments alive and hold the process at its exit.
 * Runs in the agent's thread.
 */
import { monotonicMs } from "../clock";
import type { StackSample } from "./block-report";
import { CLOSING, type HeartbeatSlot, SESSION, STATE, THREAD_ID } from "./heartbeat-layout";
import { createMainThreadLink, createWorkerThreadLink, type InspectorLink } from "./inspector-link";
import { CAPTURE_KEY, type CaptureAnswer } from "./stack-capture";

const EXPRESSION = `globalThis[Symbol.for(${JSON.stringify(CAPTURE_KEY)})]()`;

export class StackSampler {
  readonly #slot: HeartbeatSlot;
  readonly #link: InspectorLink;
  readonly #onSample: (sample: StackSample) => void;
  readonly #onFailure: (error: unknown) => void;
  #failed = false;
  #connected = false;
  /** At most one: a blocked native call would otherwise queue hundreds, all served at its end. */
  #outstanding = false;

  /** @param onFailure told once when there is no way in (`--permission`): no stacks from then on. */
  constructor(
    slot: HeartbeatSlot,
    onSample: (sample: StackSample) => void,
    onFailure: (error: unknown) => void,
  ) {
    this.#slot = slot;
    this.#onSample = onSample;
    this.#onFailure = onFailure;
    const threadId = slot.flags[THREAD_ID] as number;
    this.#link = threadId === 0 ? createMainThreadLink() : createWorkerThreadLink(threadId);
  }

  get isConnected(): boolean {
    return this.#connected;
  }

  /** Asks for a stack, unless an earlier question is still open. */
  request(): void {
    if (this.#failed || this.#outstanding || (!this.#connected && !this.#connect())) return;
    const requestedMs = monotonicMs();
    this.#outstanding = true;
    this.#link.evaluate(EXPRESSION, (value) => {
      this.#outstanding = false;
      if (value === null) return;
      const capture = JSON.parse(value) as CaptureAnswer;
      if (capture.frames.length > 0) this.#onSample({ requestedMs, ...capture });
    });
  }

  disconnect(): void {
    this.#link.close();
    this.#connected = false;
    this.#outstanding = false;
    Atomics.store(this.#slot.flags, SESSION, 0);
    Atomics.notify(this.#slot.flags, SESSION);
  }

  /** First says so, then looks whether the thread is leaving: the leaving thread does it the other way round. */
  #connect(): boolean {
    const { flags } = this.#slot;
    Atomics.store(flags, SESSION, 1);
    if (Atomics.load(flags, STATE) === CLOSING) {
      this.disconnect();
      return false;
    }
    try {
      this.#link.open();
      this.#connected = true;
    } catch (error) {
      this.#failed = true;
      this.disconnect();
      this.#onFailure(error);
    }
    return this.#connected;
  }
}
