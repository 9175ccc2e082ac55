/** Requests that got no answer, by what went wrong below HTTP. */

import type { RequestError } from "../engine/engine.js";

/** Messages kept apart: some name an address or a port, of which there may be as many as requests. */
const MAX_MESSAGES = 20;
const OTHER_MESSAGES = "(other errors)";

export class RequestErrorTable {
  readonly #requests = new Map<string, number>();

  count(message: string, requests = 1): void {
    const isKnown = this.#requests.has(message) || this.#requests.size < MAX_MESSAGES;
    const kept = isKnown ? message : OTHER_MESSAGES;
    this.#requests.set(kept, (this.#requests.get(kept) ?? 0) + requests);
  }

  /** Adds what another table holds. */
  add(others: readonly RequestError[]): void {
    for (const { message, requests } of others) this.count(message, requests);
  }

  /** Commonest first. */
  list(): RequestError[] {
    return [...this.#requests]
      .map(([message, requests]) => ({ message, requests }))
      .sort((a, b) => b.requests - a.requests);
  }
}
