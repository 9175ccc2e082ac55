/** Assignments and destructuring: what arrives where. */

import type { AnyNode, Pattern } from "acorn";
import { FlowNode } from "./flow-graph.js";
import type { ScriptFlow } from "./script-flow.js";

export function bindPattern(flow: ScriptFlow, target: Pattern, value: FlowNode): void {
  switch (target.type) {
    case "Identifier":
      value.flowsTo(flow.identifier(target, null));
      break;
    case "MemberExpression": {
      const name = flow.keyName(target.property, target.computed);
      flow.visit(target.object);
      value.flowsTo(flow.properties.named(name));
      break;
    }
    case "AssignmentPattern":
      flow.visit(target.right).flowsTo(value);
      bindPattern(flow, target.left, value);
      break;
    case "ArrayPattern":
      for (const element of target.elements) if (element) bindPattern(flow, element, flow.properties.any);
      break;
    case "RestElement":
      bindPattern(flow, target.argument, value);
      break;
    case "ObjectPattern":
      for (const property of target.properties) bindProperty(flow, property, value);
      break;
  }
}

function bindProperty(flow: ScriptFlow, property: AnyNode, value: FlowNode): void {
  if (property.type === "RestElement") {
    bindPattern(flow, property.argument, value);
  } else if (property.type === "Property") {
    const name = flow.keyName(property.key, property.computed);
    const read = new FlowNode();
    flow.properties.read(name).flowsTo(read);
    flow.k6.readMember(value, name, read, property);
    bindPattern(flow, property.value as unknown as Pattern, read);
  }
}
