/** Questions of the agent's thread to the main thread, matched with their answers. */
import type { MainAnswer, MainRequest } from "./export/main-request";

/** Questions that wait at once: while the main thread is blocked, impatient scrapers pile up. */
const MAX_WAITING = 100;

export class MainQuestions {
  readonly #waiting = new Map<number, (answer: MainAnswer) => void>();
  readonly #send: (id: number, request: MainRequest) => void;
  #nextId = 1;

  constructor(send: (id: number, request: MainRequest) => void) {
    this.#send = send;
  }

  /** Resolves once the main thread has answered: not before a block there has ended. */
  ask(request: MainRequest): Promise<MainAnswer> {
    if (this.#waiting.size >= MAX_WAITING) {
      return Promise.resolve({
        type: "refused",
        reason: "busy",
        sentence: `${MAX_WAITING} questions wait for the main thread already`,
      });
    }
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#send(id, request);
    });
  }

  answer(id: number, answer: MainAnswer): void {
    this.#waiting.get(id)?.(answer);
    this.#waiting.delete(id);
  }
}
