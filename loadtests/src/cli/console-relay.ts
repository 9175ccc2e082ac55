/** Passes on what a script writes to its console, without letting one line repeated a thousand times drown the rest. */

/** Different lines remembered; a script that writes ever new ones is passed on as it is. */
const MAX_REMEMBERED = 1000;
/** Times that the same line is shown. */
const SHOWN_TIMES = 3;

export class ConsoleRelay {
  readonly #seen = new Map<string, number>();
  readonly #say: (line: string) => void;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  relay(level: string, message: string): void {
    const line = level === "info" ? message : `${level}: ${message}`;
    const times = (this.#seen.get(line) ?? 0) + 1;
    if (times > 1 || this.#seen.size < MAX_REMEMBERED) this.#seen.set(line, times);
    if (times <= SHOWN_TIMES) this.#say(line);
    else if (times === SHOWN_TIMES + 1)
      this.#say("  (said again: further repetitions are counted, not shown)");
  }

  /** Says how often each line that was held back came in all. */
  close(): void {
    for (const [line, times] of this.#seen) {
      if (times > SHOWN_TIMES) this.#say(`${times} times in all: ${line}`);
    }
    this.#seen.clear();
  }
}
