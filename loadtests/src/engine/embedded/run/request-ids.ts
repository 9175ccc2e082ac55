/** Names each request to the target, so that its agent and its own logs can say which one it was. */

import { randomBytes } from "node:crypto";

export class RequestIds {
  /** `RequestTarget.originKey` of the target: nobody else is told. */
  readonly originKey: string;
  /** Of one run, or one of its threads: counts alone would meet again. */
  readonly #prefix = randomBytes(4).toString("hex");
  #count = 0;

  constructor(originKey: string) {
    this.originKey = originKey;
  }

  /** `9f86d081-2s`: letters, digits and a hyphen. */
  next(): string {
    return `${this.#prefix}-${(this.#count++).toString(36)}`;
  }
}

/** The id that a request went out with, the script's own or ours; null without one. @param head as sent */
export function requestIdIn(head: string): string | null {
  return /\r\nX-Request-Id: *([^\r]+)\r\n/i.exec(head)?.[1] ?? null;
}
