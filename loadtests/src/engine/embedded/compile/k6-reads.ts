/** Where a script takes what from k6's modules. */

import type { AnyNode, ImportDeclaration } from "acorn";
import { isK6Specifier, K6_MODULE_EXPORTS } from "../k6/k6-module-exports.js";
import { FlowNode, type K6Export, type K6Namespace } from "./flow-graph.js";

/** A read of one member of a module of k6, to be checked against what there is. */
export interface K6MemberRead {
  readonly specifier: string;
  readonly member: string;
  readonly node: AnyNode;
}

export class K6Reads {
  readonly members: K6MemberRead[] = [];
  readonly #exports = new Map<string, K6Export>();

  /** When a module of k6 arrives at `object`, its member arrives at `result`. @param name "[]" when computed */
  readMember(object: FlowNode, name: string, result: FlowNode, node: AnyNode): void {
    object.onValue((value) => {
      if (value.kind !== "namespace") return;
      const exports = K6_MODULE_EXPORTS[value.specifier] ?? {};
      if (name === "default") {
        result.add(value);
      } else if (name === "[]") {
        for (const member of Object.keys(exports)) result.add(this.#export(value, member));
      } else {
        this.members.push({ specifier: value.specifier, member: name, node });
        if (exports[name] !== undefined) result.add(this.#export(value, name));
      }
    });
  }

  /** @param declare the flow node of a name in the module's scope */
  bindImport(node: ImportDeclaration, declare: (name: string) => FlowNode): void {
    const specifier = node.source.value as string;
    if (!isK6Specifier(specifier)) return;
    const namespace: K6Namespace = { kind: "namespace", specifier };
    for (const taken of node.specifiers) {
      if (taken.type === "ImportSpecifier") {
        const { imported } = taken;
        const source = new FlowNode();
        source.add(namespace);
        const name = imported.type === "Identifier" ? imported.name : String(imported.value);
        this.readMember(source, name, declare(taken.local.name), taken);
      } else declare(taken.local.name).add(namespace);
    }
  }

  #export(namespace: K6Namespace, member: string): K6Export {
    const name = `${namespace.specifier}.${member}`;
    let value = this.#exports.get(name);
    if (value === undefined) {
      value = { kind: "k6", name, behaviour: K6_MODULE_EXPORTS[namespace.specifier]?.[member] ?? "value" };
      this.#exports.set(name, value);
    }
    return value;
  }
}
