/** What a call passes on: arguments to parameters, results to the call, callbacks to those who call them. */

import { type CallSite, FlowNode, type PropertyNodes } from "./flow-graph.js";

/** Built-in methods of lists that call a function for each element, and have a waiting twin at run time. */
export const LIST_METHODS: ReadonlySet<string> = new Set([
  ...["forEach", "map", "filter", "find", "findIndex", "findLast", "findLastIndex"],
  ...["some", "every", "reduce", "reduceRight", "flatMap"],
]);

/** Built-in methods that take functions and call them later as promises do, so that they may wait. */
export const PROMISE_METHODS: ReadonlySet<string> = new Set(["then", "catch", "finally"]);

/** Built-in methods that keep what they are given and call nothing. */
export const STORING_METHODS: ReadonlySet<string> = new Set([
  ...["push", "unshift", "add", "set", "concat", "splice", "fill", "with", "includes", "indexOf", "has"],
]);

/**
 * Links one call into the flow.
 * @param receiver `list` in `list.forEach(...)`, null without one
 */
export function linkCall(
  written: CallSite,
  receiver: FlowNode | null,
  properties: PropertyNodes,
): { readonly site: CallSite; readonly result: FlowNode } {
  const result = new FlowNode();
  const { method } = written;
  let site = written;
  if (receiver !== null && method === "bind") {
    receiver.flowsTo(result);
  } else if (receiver !== null && (method === "call" || method === "apply")) {
    // A function's own call or apply, unless the script defines methods of that name: then both are possible.
    const callee = new FlowNode();
    receiver.flowsTo(callee);
    written.callee.flowsTo(callee);
    site = { ...written, callee, args: method === "call" ? written.args.slice(1) : [] };
  } else if (method !== null && LIST_METHODS.has(method)) {
    linkListMethod(method, written.args, properties, result);
  } else if (method !== null && STORING_METHODS.has(method)) {
    for (const arg of written.args) arg.flowsTo(properties.named("[]"));
  } else if (method !== null && ["get", "at", "pop", "shift", "values"].includes(method)) {
    properties.any.flowsTo(result);
  }
  site.callee.onValue((value) => {
    if (value.kind === "function") {
      site.args.forEach((arg, index) => {
        const parameter = value.parameters[index] ?? value.parameters.at(-1);
        if (parameter !== undefined) arg.flowsTo(parameter);
      });
      if (!site.isNew) value.returns.flowsTo(result);
    } else if (value.kind === "k6" && value.name === "k6.group") {
      for (const arg of site.args) passReturns(arg, result);
    }
  });
  return { site, result };
}

function linkListMethod(
  method: string,
  args: readonly FlowNode[],
  properties: PropertyNodes,
  result: FlowNode,
): void {
  const elementIndex = method.startsWith("reduce") ? 1 : 0;
  args[0]?.onValue((value) => {
    if (value.kind !== "function") return;
    const parameter = value.parameters[elementIndex];
    if (parameter !== undefined) properties.any.flowsTo(parameter);
    if (elementIndex === 1) {
      value.returns.flowsTo(result);
      const carried = value.parameters[0];
      if (carried !== undefined) value.returns.flowsTo(carried);
      if (carried !== undefined) args[1]?.flowsTo(carried);
    } else value.returns.flowsTo(properties.named("[]"));
  });
  if (method === "find" || method === "findLast") properties.any.flowsTo(result);
}

function passReturns(callback: FlowNode, result: FlowNode): void {
  callback.onValue((value) => {
    if (value.kind === "function") value.returns.flowsTo(result);
  });
}
