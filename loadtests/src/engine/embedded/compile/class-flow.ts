/** Classes and object literals: what their members hold. */

import type { AnyNode, Class, Function as FunctionNode } from "acorn";
import { FlowNode } from "./flow-graph.js";
import type { ScriptFlow } from "./script-flow.js";

/** The class as a value: calling it with `new` reaches its constructor. */
export function walkClass(flow: ScriptFlow, node: Class): FlowNode {
  const value = new FlowNode();
  if (node.superClass) flow.visit(node.superClass).flowsTo(value);
  if (node.id) value.flowsTo(flow.scope.lookUp(node.id.name) ?? flow.scope.declare(node.id.name));
  for (const member of node.body.body) {
    if (member.type === "StaticBlock") {
      flow.insideClassBody(member, () => flow.children(member));
      continue;
    }
    const name = flow.keyName(member.key, member.computed);
    if (member.type === "PropertyDefinition") {
      if (member.value) walkField(flow, member.value, name);
    } else if (member.kind === "constructor") {
      flow.functionValue(member.value, "constructor", node.id?.name ?? "constructor").flowsTo(value);
    } else if (member.kind === "method") {
      const asyncAt = member.static ? afterStatic(flow.source, member.start) : member.start;
      flow.functionValue(member.value, "plain", name, asyncAt).flowsTo(flow.properties.named(name));
    } else {
      walkAccessor(flow, member.value, member.kind === "get" ? "getter" : "setter", name);
    }
  }
  return value;
}

/** A member of an object literal, or a spread. */
export function walkProperty(flow: ScriptFlow, property: AnyNode): void {
  if (property.type !== "Property") {
    flow.visit(property);
    return;
  }
  const name = flow.keyName(property.key, property.computed);
  const { value } = property;
  const place = flow.properties.named(name);
  if (property.kind !== "init") {
    walkAccessor(flow, value as FunctionNode, property.kind === "get" ? "getter" : "setter", name);
  } else if (property.shorthand && value.type === "Identifier") {
    flow.identifier(value, property).flowsTo(place);
  } else if (value.type === "FunctionExpression") {
    const asyncAt = property.method ? property.start : value.start;
    flow.functionValue(value, "plain", name, asyncAt).flowsTo(place);
  } else flow.visit(value).flowsTo(place);
}

/** A plain function in a field is the field's value; any other initialiser runs within the constructor. */
function walkField(flow: ScriptFlow, held: AnyNode, name: string): void {
  const place = flow.properties.named(name);
  if (/Function/.test(held.type)) flow.visit(held).flowsTo(place);
  else flow.insideClassBody(held, () => flow.visit(held).flowsTo(place));
}

function walkAccessor(flow: ScriptFlow, node: FunctionNode, form: "getter" | "setter", name: string): void {
  const value = flow.functionValue(node, form, name);
  for (const made of value.values) {
    if (made.kind === "function") made.returns.flowsTo(flow.properties.named(name));
  }
}

function afterStatic(source: string, start: number): number {
  const keyword = "static".length;
  return start + keyword + source.slice(start + keyword).search(/\S/);
}
