/** Decides which calls of a script wait and which functions therefore become asynchronous; refuses what cannot. */

import type { AnyNode } from "acorn";
import { LoadScriptError } from "../load-script-error.js";
import { LIST_METHODS, PROMISE_METHODS, STORING_METHODS } from "./call-flow.js";
import type { CallSite, FlowNode, FlowValue, ScriptFunction } from "./flow-graph.js";
import type { ScriptFlow } from "./script-flow.js";

export interface WaitingCalls {
  /** Calls to be awaited. */
  readonly awaited: readonly CallSite[];
  /** Among them, calls of built-in list methods, which need their waiting twin. */
  readonly listCalls: ReadonlySet<CallSite>;
  /** `new Promise(executor)` whose executor waits. */
  readonly executors: readonly CallSite[];
  /** Functions to be made asynchronous. */
  readonly functions: readonly ScriptFunction[];
}

/**
 * @param at a node's place in the user's file, `file:line:column`
 * @throws LoadScriptError `script-unsupported`, when waiting there could not be done faithfully
 */
export function findWaitingCalls(flow: ScriptFlow, at: (node: AnyNode) => string): WaitingCalls {
  colourFunctions(flow);
  for (const one of flow.functions) refuseForm(one, at);
  const sites = [...flow.initCalls, ...flow.functions.flatMap(({ calls }) => calls)];
  const listCalls = new Set<CallSite>();
  const awaited: CallSite[] = [];
  const executors: CallSite[] = [];
  for (const site of sites) {
    if (isPromiseConstruction(site) && site.args[0] !== undefined && hasWaiting(site.args[0]))
      executors.push(site);
    else if (siteWaits(site, flow)) {
      awaited.push(site);
      if (!reachesScript(site) && isListCall(site)) listCalls.add(site);
    } else refuseStrangeCallback(site, at);
  }
  return { awaited, listCalls, executors, functions: flow.functions.filter(({ waits }) => waits) };
}

/** Until nothing changes: a function waits when one of its own calls does. */
function colourFunctions(flow: ScriptFlow): void {
  for (let changed = true; changed; ) {
    changed = false;
    for (const one of flow.functions) {
      if (one.waits || one.isAsync) continue;
      if (one.calls.some((site) => siteWaits(site, flow))) {
        one.waits = true;
        changed = true;
      }
    }
  }
}

function siteWaits(site: CallSite, flow: ScriptFlow): boolean {
  for (const value of site.callee.values) {
    if (value.kind === "function" && value.waits && !site.isNew) return true;
    if (value.kind !== "k6") continue;
    if (value.behaviour === "waits") return true;
    if (value.behaviour === "calls" && hasWaitingWithin(site, flow)) return true;
  }
  if (site.method !== null && RESPONSE_METHODS.has(site.method) && !reachesScript(site)) return true;
  return isListCall(site) && !reachesScript(site) && site.args[0] !== undefined && hasWaiting(site.args[0]);
}

/** Methods of k6's Response that send a request. */
const RESPONSE_METHODS: ReadonlySet<string> = new Set(["submitForm", "clickLink"]);

function isListCall(site: CallSite): boolean {
  return site.method !== null && LIST_METHODS.has(site.method) && !site.isNew;
}

function reachesScript(site: CallSite): boolean {
  for (const value of site.callee.values) if (value.kind === "function") return true;
  return false;
}

function isWaiting(value: FlowValue): boolean {
  return value.kind === "function" ? value.waits : value.kind === "k6" && value.behaviour === "waits";
}

function hasWaiting(node: FlowNode): boolean {
  for (const value of node.values) if (isWaiting(value)) return true;
  return false;
}

/** For `check` and `group`: a callback given, or written inside an object that is given, waits. */
function hasWaitingWithin(site: CallSite, flow: ScriptFlow): boolean {
  if (site.args.some(hasWaiting)) return true;
  const { start, end } = site.node;
  return flow.functions.some((one) => one.waits && one.node.start > start && one.node.end < end);
}

function isPromiseConstruction(site: CallSite): boolean {
  const { node } = site;
  return node.type === "NewExpression" && node.callee.type === "Identifier" && node.callee.name === "Promise";
}

function refuseForm(one: ScriptFunction, at: (node: AnyNode) => string): void {
  const first = one.calls.find((site) => [...site.callee.values].some(isWaiting));
  if (first === undefined) return;
  const where = {
    getter: "a getter",
    setter: "a setter",
    constructor: "a constructor",
    generator: "a generator",
  };
  if (one.form === "plain") {
    const early = one.node.params.find(
      ({ start, end }) => first.node.start >= start && first.node.end <= end,
    );
    if (early === undefined) return;
    refuse(at(first.node), "a request or sleep inside a parameter's default value cannot be made to wait");
  }
  const place =
    one.form === "field" ? "a class field or static block" : where[one.form as keyof typeof where];
  refuse(at(first.node), `a request or sleep inside ${place} cannot be made to wait; move it into a method`);
}

/** A function that waits, handed to one that we do not know, would be taken for done when it has only begun. */
function refuseStrangeCallback(site: CallSite, at: (node: AnyNode) => string): void {
  if (!site.args.some(hasWaiting) || reachesScript(site)) return;
  for (const value of site.callee.values) if (value.kind === "k6") return;
  if (site.method !== null && (PROMISE_METHODS.has(site.method) || STORING_METHODS.has(site.method))) return;
  if (site.method === "bind" || site.method === "call" || site.method === "apply") return;
  const name = calleeName(site.node);
  if (HARMLESS_CALLEES.has(name)) return;
  refuse(
    at(site.node),
    `the function given to ${name} sends a request or sleeps, and ${name} would not wait for it; ` +
      "collect the values first and send from a loop",
  );
}

const HARMLESS_CALLEES: ReadonlySet<string> = new Set([
  ...["setTimeout", "setInterval", "queueMicrotask", "addEventListener", "console.log", "String", "Boolean"],
  ...["Object.freeze", "Object.assign", "Object.keys", "Object.entries", "Object.values"],
]);

function calleeName(node: AnyNode): string {
  if (node.type !== "CallExpression" && node.type !== "NewExpression") return "this call";
  const { callee } = node;
  if (callee.type === "Identifier") return callee.name;
  if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return "this call";
  const { object, property } = callee;
  if (property.name === "addEventListener") return property.name;
  return object.type === "Identifier" ? `${object.name}.${property.name}` : property.name;
}

function refuse(place: string, sentence: string): never {
  throw new LoadScriptError("script-unsupported", `${place}: ${sentence}.`);
}
