/** Incremental reader of `text/event-stream` (WHATWG HTML, section 9.2.6): chunks in, events out. */

import { StringDecoder } from "node:string_decoder";

export interface ServerSentEvent {
  /** `message` where the stream names none. */
  readonly event: string;
  readonly data: string;
}

export class ServerSentEventReader {
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";
  #event = "";
  #data: string[] = [];

  /** The events that this chunk completed. */
  push(chunk: Buffer): readonly ServerSentEvent[] {
    const lines = (this.#rest + this.#decoder.write(chunk)).split("\n");
    this.#rest = lines.pop() ?? "";
    const events: ServerSentEvent[] = [];
    for (const line of lines) {
      const text = line.endsWith("\r") ? line.slice(0, -1) : line;
      if (text !== "") this.#field(text);
      else if (this.#data.length > 0) events.push(this.#dispatch());
    }
    return events;
  }

  #field(line: string): void {
    const colon = line.indexOf(":");
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "event") this.#event = value;
    if (name === "data") this.#data.push(value);
  }

  #dispatch(): ServerSentEvent {
    const event = { event: this.#event === "" ? "message" : this.#event, data: this.#data.join("\n") };
    this.#event = "";
    this.#data = [];
    return event;
  }
}
