import { StringDecoder } from "node:string_decoder";

/** Longer lines are cut: a tail is for people. */
const MAX_LINE_LENGTH = 2000;

/** The last lines that a process wrote, in bounded memory. */
export class OutputTail {
  readonly #maxLines: number;
  readonly #lines: string[] = [];

  /** @param maxLines how many lines are kept, at least 1. */
  constructor(maxLines: number) {
    this.#maxLines = maxLines;
  }

  /** Oldest first. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Reads a stream to its end; several streams may share one tail, their lines stay whole. */
  read(stream: NodeJS.ReadableStream): void {
    const decoder = new StringDecoder("utf8");
    let rest = "";
    stream.on("data", (chunk: Buffer) => {
      const parts = (rest + decoder.write(chunk)).split("\n");
      rest = (parts.pop() ?? "").slice(-MAX_LINE_LENGTH);
      for (const line of parts) this.#push(line);
    });
    stream.on("end", () => {
      if (rest !== "") this.#push(rest);
    });
  }

  #push(line: string): void {
    this.#lines.push(line.replace(/\r$/, "").slice(0, MAX_LINE_LENGTH));
    if (this.#lines.length > this.#maxLines) this.#lines.shift();
  }
}
