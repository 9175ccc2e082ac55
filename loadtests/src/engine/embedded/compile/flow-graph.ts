/**
 * Which functions can reach which expressions: a flow graph whose properties are told apart by name alone,
 * not by object (field-based, after Feldthaus and others, "Efficient construction of approximate call graphs for
 * JavaScript IDE services", ICSE 2013). It may say too much, which costs an await that was not needed.
 */

import type { AnyNode, Function as FunctionNode } from "acorn";
import type { ExportBehaviour } from "../k6/k6-module-exports.js";

/** A function of the script. */
export interface ScriptFunction {
  readonly kind: "function";
  readonly node: FunctionNode;
  /** Where `async ` belongs in the text. */
  readonly asyncAt: number;
  readonly form: "plain" | "getter" | "setter" | "constructor" | "field" | "generator";
  readonly name: string;
  /** Written as `async` by the user: its callers already treat it as a promise. */
  readonly isAsync: boolean;
  readonly parameters: FlowNode[];
  readonly returns: FlowNode;
  readonly calls: CallSite[];
  /** Set when it was found to wait: it becomes async and calls of it are awaited. */
  waits: boolean;
}

/** An export of one of k6's modules. */
export interface K6Export {
  readonly kind: "k6";
  readonly name: string;
  readonly behaviour: ExportBehaviour;
}

/** A whole module of k6: `http` in `import http from "k6/http"`. */
export interface K6Namespace {
  readonly kind: "namespace";
  readonly specifier: string;
}

export type FlowValue = ScriptFunction | K6Export | K6Namespace;

export interface CallSite {
  readonly node: AnyNode;
  readonly callee: FlowNode;
  readonly args: readonly FlowNode[];
  /** `forEach` in `list.forEach(...)`; null for other calls. */
  readonly method: string | null;
  readonly isNew: boolean;
}

/** A place that functions flow into and out of. */
export class FlowNode {
  readonly values = new Set<FlowValue>();
  readonly #next = new Set<FlowNode>();
  readonly #listeners: ((value: FlowValue) => void)[] = [];

  add(value: FlowValue): void {
    // A work list instead of recursion: chains of assignments can be long.
    const work: [FlowNode, FlowValue][] = [[this, value]];
    for (let item = work.pop(); item !== undefined; item = work.pop()) {
      const [node, added] = item;
      if (node.values.has(added)) continue;
      node.values.add(added);
      for (const next of node.#next) work.push([next, added]);
      for (const listener of [...node.#listeners]) listener(added);
    }
  }

  flowsTo(target: FlowNode): void {
    if (target === this || this.#next.has(target)) return;
    this.#next.add(target);
    for (const value of [...this.values]) target.add(value);
  }

  /** Called for each value that arrives, those already there included. */
  onValue(listener: (value: FlowValue) => void): void {
    this.#listeners.push(listener);
    for (const value of [...this.values]) listener(value);
  }
}

/** Properties by name, whatever the object. */
export class PropertyNodes {
  readonly #byName = new Map<string, FlowNode>();
  /** What any computed read (`handlers[name]`, list elements) may give. */
  readonly any = new FlowNode();

  named(name: string): FlowNode {
    let node = this.#byName.get(name);
    if (node === undefined) {
      node = new FlowNode();
      node.flowsTo(this.any);
      this.#byName.set(name, node);
    }
    return node;
  }

  /** What reading a property of that name may give; "[]" stands for a name known only at run time. */
  read(name: string): FlowNode {
    return name === "[]" ? this.any : this.named(name);
  }
}
