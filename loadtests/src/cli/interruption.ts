import { EXIT_CODES } from "../exit-codes.js";

const SIGNALS: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Turns Ctrl-C into a graceful end; a second one ends at once. */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #onSignal = (): void => {
    // The `exit` listeners still end the target's whole process group.
    if (this.#controller.signal.aborted) process.exit(EXIT_CODES.interrupted);
    this.#controller.abort("interrupted");
  };

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  dispose(): void {
    for (const signal of SIGNALS) process.removeListener(signal, this.#onSignal);
  }
}
