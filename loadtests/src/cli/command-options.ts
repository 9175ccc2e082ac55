/** One table of options a verb: from it come parsing, the sentence for a wrong option, and `--help`. */

import { parseArgs } from "node:util";
import { LoopscopeError } from "../loopscope-error.js";
import { nearestWord } from "../nearest-word.js";

export interface OptionDefinition {
  /** Long name without dashes. */
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** What stands for the value in the help (`N`, `KEY=VALUE`); absent: a switch. */
  readonly value?: string;
  /** May be given more than once. */
  readonly multiple?: boolean;
  readonly description: string;
}

export interface VerbDefinition {
  readonly name: string;
  /** After `loopscope`: `run [options] <script> [-- command]`. */
  readonly usage: string;
  /** One line for the list of verbs. */
  readonly summary: string;
  readonly options: readonly OptionDefinition[];
  /** Names of the positional arguments, in order; `?` at the end marks one that may be absent. */
  readonly positionals: readonly string[];
  /** Whether `-- command` may follow. */
  readonly takesCommand: boolean;
  readonly examples: readonly string[];
  execute(invocation: Invocation): Promise<number>;
}

/** A command line, taken apart and checked against its verb's table. */
export interface Invocation {
  readonly positionals: readonly string[];
  /** The command after `--`, or an empty list. */
  readonly command: readonly string[];
  readonly options: ParsedOptions;
  /** All of the command line, as it is recorded in run.json. */
  readonly commandLine: string;
}

/** Typed access to the options of an invocation. */
export class ParsedOptions {
  readonly #values: ReadonlyMap<string, readonly (string | boolean)[]>;

  constructor(values: ReadonlyMap<string, readonly (string | boolean)[]>) {
    this.#values = values;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** The last value given, or undefined. */
  text(name: string): string | undefined {
    const value = this.#values.get(name)?.at(-1);
    return typeof value === "string" ? value : undefined;
  }

  /** Every value given, in order. */
  texts(name: string): readonly string[] {
    return (this.#values.get(name) ?? []).filter((value) => typeof value === "string");
  }
}

/** @throws LoopscopeError UNKNOWN_OPTION, INVALID_OPTION or MISSING_ARGUMENT. */
export function parseInvocation(verb: VerbDefinition, args: readonly string[]): Invocation {
  const terminator = args.indexOf("--");
  const own = terminator === -1 ? args : args.slice(0, terminator);
  const command = terminator === -1 ? [] : args.slice(terminator + 1);
  if (command.length > 0 && !verb.takesCommand) {
    throw new LoopscopeError(
      "UNKNOWN_OPTION",
      `\`loopscope ${verb.name}\` takes no command after \`--\`, got \`${command.join(" ")}\`.`,
    );
  }
  const { values, positionals } = parseOwnArguments(verb, own);
  checkPositionals(verb, positionals);
  return {
    positionals,
    command,
    options: new ParsedOptions(values),
    commandLine: ["loopscope", verb.name, ...args].map(quoteForShell).join(" "),
  };
}

function parseOwnArguments(
  verb: VerbDefinition,
  args: readonly string[],
): { values: Map<string, (string | boolean)[]>; positionals: string[] } {
  const options = Object.fromEntries(
    verb.options.map((option) => [
      option.name,
      {
        type: option.value === undefined ? ("boolean" as const) : ("string" as const),
        ...(option.short === undefined ? {} : { short: option.short }),
      },
    ]),
  );
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  const values = new Map<string, (string | boolean)[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const definition = verb.options.find((option) => option.name === token.name);
    if (definition === undefined) throw unknownOption(verb, token.rawName);
    const value = optionValue(definition, token.rawName, token.value);
    const known = values.get(definition.name);
    if (known !== undefined && definition.multiple !== true) {
      throw new LoopscopeError("INVALID_OPTION", `${token.rawName} may be given only once.`);
    }
    values.set(definition.name, [...(known ?? []), value]);
  }
  return { values, positionals };
}

function optionValue(
  definition: OptionDefinition,
  rawName: string,
  value: string | undefined,
): string | boolean {
  if (definition.value === undefined) {
    if (value === undefined) return true;
    throw new LoopscopeError("INVALID_OPTION", `${rawName} is a switch and takes no value, got "${value}".`);
  }
  if (value !== undefined) return value;
  throw new LoopscopeError("INVALID_OPTION", `${rawName} needs a value: ${rawName} ${definition.value}.`);
}

function unknownOption(verb: VerbDefinition, rawName: string): LoopscopeError {
  const known = verb.options.map((option) => `--${option.name}`);
  const nearest = rawName.startsWith("--") ? nearestWord(rawName, known) : undefined;
  const advice = nearest === undefined ? `see \`loopscope ${verb.name} --help\`` : `did you mean ${nearest}?`;
  return new LoopscopeError(
    "UNKNOWN_OPTION",
    `\`loopscope ${verb.name}\` has no option ${rawName}; ${advice}`,
  );
}

function checkPositionals(verb: VerbDefinition, positionals: readonly string[]): void {
  const required = verb.positionals.filter((name) => !name.endsWith("?")).length;
  const variadic = verb.positionals.at(-1)?.endsWith("...") ?? false;
  const missing = verb.positionals[positionals.length];
  if (positionals.length < required && missing !== undefined) {
    throw new LoopscopeError(
      "MISSING_ARGUMENT",
      `\`loopscope ${verb.name}\` needs ${missing}: loopscope ${verb.usage}`,
    );
  }
  if (!variadic && positionals.length > verb.positionals.length) {
    throw new LoopscopeError(
      "UNKNOWN_OPTION",
      `\`loopscope ${verb.name}\` takes no further argument, got "${positionals[verb.positionals.length]}"; ` +
        "a target's command stands after `--`",
    );
  }
}

/** As a person could paste it into a POSIX shell. */
export function quoteForShell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
