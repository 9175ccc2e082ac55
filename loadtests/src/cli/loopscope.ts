/** The `loopscope` command: finds the verb, turns errors into sentences and exit codes. */

import { readFileSync } from "node:fs";
import { LoadScriptError } from "../engine/embedded/load-script-error.js";
import { EXIT_CODES } from "../exit-codes.js";
import { LoopscopeError } from "../loopscope-error.js";
import { nearestWord } from "../nearest-word.js";
import { readCommandEnvironment } from "./command-environment.js";
import { parseInvocation } from "./command-options.js";
import { foreignText } from "./foreign-text.js";
import { renderOverview, renderVerbHelp } from "./help-text.js";
import { allVerbs, findVerb, VERB_NAMES } from "./verbs.js";

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    return await dispatch(args);
  } catch (error) {
    return explain(error);
  }
}

async function dispatch(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    return await printHelp(rest[0]);
  }
  if (name === "--version" || name === "-v" || name === "version") {
    process.stdout.write(`${packageVersion()}\n`);
    return EXIT_CODES.passed;
  }
  const verb = await findVerb(name);
  if (verb === undefined) throw unknownVerb(name);
  const terminator = rest.indexOf("--");
  const own = terminator === -1 ? rest : rest.slice(0, terminator);
  if (own.includes("--help") || own.includes("-h")) return await printHelp(verb.name);
  return await verb.execute(parseInvocation(verb, rest));
}

async function printHelp(verbName: string | undefined): Promise<number> {
  const verb = verbName === undefined ? undefined : await findVerb(verbName);
  if (verbName !== undefined && verb === undefined) throw unknownVerb(verbName);
  process.stdout.write(verb === undefined ? renderOverview(await allVerbs()) : renderVerbHelp(verb));
  return EXIT_CODES.passed;
}

function unknownVerb(name: string): LoopscopeError {
  const nearest = nearestWord(name, VERB_NAMES);
  const advice =
    nearest === undefined ? `the verbs are ${VERB_NAMES.join(", ")}` : `did you mean ${nearest}?`;
  return new LoopscopeError("UNKNOWN_VERB", `loopscope has no verb "${name}"; ${advice}`);
}

/** One sentence for what the user can mend; the stack only for a defect of ours. */
function explain(error: unknown): number {
  const environment = readCommandEnvironment();
  const write = (line: string): void => void process.stderr.write(`${foreignText(line, environment)}\n`);
  if (error instanceof LoopscopeError) {
    write(`loopscope: ${error.message}`);
    for (const line of error.details) write(`  | ${line}`);
    return error.exitCode;
  }
  if (error instanceof LoadScriptError) {
    write(`loopscope: ${error.message}`);
    return error.exitCode;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`loopscope: internal error, please report it: ${text}\n`);
  return EXIT_CODES.internalError;
}

function packageVersion(): string {
  const manifest = new URL("../../../package.json", import.meta.url);
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  return version;
}
