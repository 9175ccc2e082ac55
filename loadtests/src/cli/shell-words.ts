/** A target's command given as one option: words as a POSIX shell parts them, but no shell ever runs. */

import { LoopscopeError } from "../loopscope-error.js";

export interface ShellCommand {
  /** Assignments in front of the program, `PORT=3001 node app.js`, over the target's environment. */
  readonly variables: Readonly<Record<string, string>>;
  /** Program and arguments, at least one word. */
  readonly command: readonly string[];
}

/** What a shell would do something with; taken as it stands it would mean something else than its author. */
const SHELL_SYNTAX = new Set("|&;<>()$`");
/** Of them, what a shell still acts on between double quotes. */
const EXPANDED_IN_QUOTES = new Set("$`");
/** What a backslash between double quotes takes the meaning from; before anything else it stays (POSIX 2.2.3). */
const ESCAPED_IN_QUOTES = new Set('$`"\\\n');

/** @throws LoopscopeError INVALID_OPTION for no program, an open quote, or what only a shell can do. */
export function readShellCommand(option: string, text: string): ShellCommand {
  const words = splitShellWords(option, text);
  const variables: Record<string, string> = {};
  let first = 0;
  for (; first < words.length; first++) {
    const assignment = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(words[first] ?? "");
    if (assignment === null) break;
    variables[assignment[1] ?? ""] = assignment[2] ?? "";
  }
  const command = words.slice(first);
  if (command[0] === undefined || command[0] === "") {
    throw new LoopscopeError(
      "INVALID_OPTION",
      `${option} must name a program and its arguments like "node app.js", got "${text}".`,
    );
  }
  return { variables, command };
}

/** Quotes and backslashes as in a POSIX shell; nothing is expanded. */
export function splitShellWords(option: string, text: string): readonly string[] {
  return new WordReader(option, text).read();
}

class WordReader {
  readonly #option: string;
  readonly #text: string;
  readonly #words: string[] = [];
  #at = 0;
  /** Undefined between words; an empty pair of quotes is a word too. */
  #word: string | undefined;

  constructor(option: string, text: string) {
    this.#option = option;
    this.#text = text;
  }

  read(): readonly string[] {
    for (; this.#at < this.#text.length; this.#at++) this.#take(this.#text[this.#at] ?? "");
    this.#endWord();
    return this.#words;
  }

  #take(character: string): void {
    if (/\s/.test(character)) this.#endWord();
    else if (character === "'") this.#single();
    else if (character === '"') this.#double();
    else if (character === "\\") this.#add(this.#escaped());
    else this.#literal(character, SHELL_SYNTAX);
  }

  #single(): void {
    const end = this.#text.indexOf("'", this.#at + 1);
    if (end === -1) throw this.#neverClosed("'");
    this.#add(this.#text.slice(this.#at + 1, end));
    this.#at = end;
  }

  #double(): void {
    this.#add("");
    for (this.#at++; this.#text[this.#at] !== '"'; this.#at++) {
      const character = this.#text[this.#at];
      if (character === undefined) throw this.#neverClosed('"');
      const next = this.#text[this.#at + 1] ?? "";
      if (character === "\\" && ESCAPED_IN_QUOTES.has(next)) this.#add(this.#escaped());
      else this.#literal(character, EXPANDED_IN_QUOTES);
    }
  }

  /** At a backslash; a line break after it joins the lines. */
  #escaped(): string {
    this.#at++;
    const character = this.#text[this.#at];
    if (character === undefined) {
      throw this.#refusal("ends with a backslash that stands before nothing", "write \\\\ for a backslash");
    }
    return character === "\n" ? "" : character;
  }

  #literal(character: string, refused: ReadonlySet<string>): void {
    if (refused.has(character)) {
      throw this.#refusal(
        `has a ${character} that only a shell acts on, and none runs`,
        "quote it with '', or write sh -c '...' for the whole",
      );
    }
    this.#add(character);
  }

  #add(text: string): void {
    this.#word = (this.#word ?? "") + text;
  }

  #endWord(): void {
    if (this.#word !== undefined) this.#words.push(this.#word);
    this.#word = undefined;
  }

  #neverClosed(quote: string): LoopscopeError {
    return this.#refusal(`has a ${quote} that is never closed`, `close it or write \\${quote}`);
  }

  #refusal(problem: string, mend: string): LoopscopeError {
    return new LoopscopeError(
      "INVALID_OPTION",
      `${this.#option} ${problem}, got \`${this.#text}\`: ${mend}.`,
    );
  }
}
