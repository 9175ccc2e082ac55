/** Shows the run while it lasts: one block redrawn on a terminal, one plain line a second elsewhere. */

import { type ProgressState, renderProgress, renderProgressLine } from "../report/terminal-progress.js";
import type { TerminalStyle } from "../report/terminal-style.js";

const REDRAW_MS = 1000;
const ERASE_LINE = "\u001b[2K";

/** The part of a stream that progress needs: `process.stderr`. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export class LiveProgress {
  readonly #output: ProgressOutput;
  readonly #quiet: boolean;
  readonly #colour: boolean;
  readonly #state: () => ProgressState;
  readonly #timer: NodeJS.Timeout;
  #drawnLines = 0;

  /** @param state called at each redraw. @param quiet shows nothing but `say`. */
  constructor(output: ProgressOutput, state: () => ProgressState, quiet: boolean, colour: boolean) {
    this.#output = output;
    this.#quiet = quiet;
    this.#colour = colour;
    this.#state = state;
    this.#timer = setInterval(() => this.draw(), REDRAW_MS);
  }

  draw(): void {
    if (this.#quiet) return;
    if (this.#output.isTTY !== true) {
      this.#output.write(`${renderProgressLine(this.#state())}\n`);
      return;
    }
    const lines = renderProgress(this.#state(), this.style);
    this.#erase();
    this.#output.write(`${lines.join("\n")}\n`);
    this.#drawnLines = lines.length;
  }

  /** A line that stays, above the progress. */
  say(line: string): void {
    this.#erase();
    this.#output.write(`${line}\n`);
  }

  /** Ends it; on a terminal the block disappears. */
  close(): void {
    clearInterval(this.#timer);
    this.#erase();
  }

  get style(): TerminalStyle {
    return { colour: this.#colour, columns: Math.max(40, this.#output.columns ?? 80) };
  }

  #erase(): void {
    if (this.#drawnLines === 0) return;
    this.#output.write(`\r\u001b[${this.#drawnLines}A${`${ERASE_LINE}\n`.repeat(this.#drawnLines)}`);
    this.#output.write(`\u001b[${this.#drawnLines}A`);
    this.#drawnLines = 0;
  }
}
