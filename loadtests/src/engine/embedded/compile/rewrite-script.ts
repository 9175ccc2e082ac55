/** Turns the joined script into a function that makes one virtual user's own copy of it, waiting calls awaited. */

import { type AnyNode, type ImportDeclaration, type Program, parse } from "acorn";
import MagicString from "magic-string";
import { isK6Specifier, K6_MODULE_EXPORTS } from "../k6/k6-module-exports.js";
import { LoadScriptError } from "../load-script-error.js";
import type { CallSite } from "./flow-graph.js";
import { closeGuards, LOOP_GUARD, loopBodies, openGuards } from "./loop-guards.js";
import { chainSuffixes } from "./optional-chains.js";
import { ScriptFlow } from "./script-flow.js";
import type { SourcePositions } from "./source-positions.js";
import { findWaitingCalls, type WaitingCalls } from "./waiting-calls.js";

/** What the rewritten script is handed for each virtual user, in this order. */
export const INSTANCE_PARAMETERS: readonly string[] = [
  "__k6Modules",
  "__loopscope",
  "__ENV",
  "open",
  "console",
  "setTimeout",
  "clearTimeout",
  "setInterval",
  "clearInterval",
  LOOP_GUARD,
];

export interface RewrittenScript {
  /** An ES module: `export default async function (...INSTANCE_PARAMETERS)`, which gives the script's exports. */
  readonly code: string;
  /** From the code to the bundle, JSON. */
  readonly map: string;
  readonly hasLoops: boolean;
}

/** @throws LoadScriptError when a waiting call stands where waiting cannot be done faithfully */
export function rewriteScript(bundle: string, positions: SourcePositions): RewrittenScript {
  const program = parse(bundle, { ecmaVersion: "latest", sourceType: "module", locations: true });
  const flow = new ScriptFlow(program, bundle);
  const at = (node: AnyNode) => positions.inBundle(node.loc?.start.line ?? 1, node.loc?.start.column ?? 0);
  refuseMissingMembers(flow, at);
  const waiting = findWaitingCalls(flow, at);
  const text = new MagicString(bundle);
  const loops = loopBodies(program);
  openGuards(loops, text);
  for (const { asyncAt } of waiting.functions) text.appendRight(asyncAt, "async ");
  awaitCalls(waiting, chainSuffixes(program), text);
  closeGuards(loops, text);
  replaceGlobals(flow, text);
  makeInstanceFunction(program, bundle, text);
  return {
    code: text.toString(),
    map: text.generateMap({ source: "bundle.mjs", hires: "boundary" }).toString(),
    hasLoops: loops.length > 0,
  };
}

function refuseMissingMembers(flow: ScriptFlow, at: (node: AnyNode) => string): void {
  for (const { specifier, member, node } of flow.k6.members) {
    if (K6_MODULE_EXPORTS[specifier]?.[member] !== undefined) continue;
    const sentence = `the embedded engine's ${specifier} has no ${member}; run the script with --engine k6`;
    throw new LoadScriptError("script-unsupported", `${at(node)}: ${sentence}.`);
  }
}

function awaitCalls(waiting: WaitingCalls, suffixes: ReadonlyMap<AnyNode, string>, text: MagicString): void {
  const outerFirst = [...waiting.awaited].sort(
    (a, b) => a.node.start - b.node.start || b.node.end - a.node.end,
  );
  for (const site of outerFirst) {
    text.appendRight(site.node.start, waiting.listCalls.has(site) ? listCallHead(site, text) : "(await ");
    text.appendLeft(site.node.end, `)${suffixes.get(site.node) ?? ""}`);
  }
  for (const { node } of waiting.executors) {
    if (node.type !== "NewExpression" || node.arguments[0] === undefined) continue;
    text.appendRight(node.arguments[0].start, "__loopscope.executor(");
    text.appendLeft(node.arguments[0].end, ")");
  }
}

/** `list.map(fn)` becomes `(await __loopscope.list.map(list, fn))`. */
function listCallHead(site: CallSite, text: MagicString): string {
  const { node, method } = site;
  if (node.type !== "CallExpression" || node.callee.type !== "MemberExpression") return "(await ";
  const firstArgument = node.arguments[0];
  if (firstArgument !== undefined) text.overwrite(node.callee.object.end, firstArgument.start, ", ");
  return `(await __loopscope.list.${method}(`;
}

/** `__VU` and `__ITER` differ between virtual users and iterations; they are read where they stand. */
const GLOBALS: Readonly<Record<string, string>> = { __VU: "__loopscope.vu", __ITER: "__loopscope.iteration" };

function replaceGlobals(flow: ScriptFlow, text: MagicString): void {
  for (const { node, shorthandOf } of flow.globalReads) {
    const replacement = GLOBALS[node.name];
    if (replacement === undefined) continue;
    text.overwrite(node.start, node.end, shorthandOf === null ? replacement : `${node.name}: ${replacement}`);
  }
}

function makeInstanceFunction(program: Program, bundle: string, text: MagicString): void {
  let hoisted = "";
  let taken = "";
  let given = "";
  for (const statement of program.body) {
    if (statement.type === "ImportDeclaration") {
      const specifier = statement.source.value as string;
      if (isK6Specifier(specifier)) taken += takeFromModules(statement, specifier);
      else hoisted += `${bundle.slice(statement.start, statement.end).replaceAll("\n", " ")} `;
      text.remove(statement.start, statement.end);
    } else if (statement.type === "ExportNamedDeclaration") {
      for (const { local, exported } of statement.specifiers)
        given += `${nameOf(exported)}: ${nameOf(local)}, `;
      text.remove(statement.start, statement.end);
    }
  }
  // The inner block lets the script declare names that are parameters here, such as setTimeout.
  text.prepend(
    `${hoisted}export default async function __instance(${INSTANCE_PARAMETERS.join(", ")}) { { ${taken}\n`,
  );
  text.append(`\nreturn { ${given}};\n} }\n`);
}

function takeFromModules(statement: ImportDeclaration, specifier: string): string {
  const source = `__k6Modules[${JSON.stringify(specifier)}]`;
  let code = "";
  for (const imported of statement.specifiers) {
    const { name } = imported.local;
    if (imported.type === "ImportSpecifier" && nameOf(imported.imported) !== "default") {
      code += `const ${name} = ${source}.${nameOf(imported.imported)}; `;
    } else code += `const ${name} = ${source}; `;
  }
  return code;
}

function nameOf(node: AnyNode): string {
  return node.type === "Identifier" ? node.name : JSON.stringify("value" in node ? node.value : "");
}
