/** Names and what they stand for, by JavaScript's scoping rules. */

import type { AnyNode, Pattern } from "acorn";
import { FlowNode } from "./flow-graph.js";

export class LexicalScope {
  readonly #names = new Map<string, FlowNode>();

  readonly parent: LexicalScope | null;
  /** Whether `var` stops here. */
  readonly isFunctionScope: boolean;

  constructor(parent: LexicalScope | null, isFunctionScope: boolean) {
    this.parent = parent;
    this.isFunctionScope = isFunctionScope;
  }

  declare(name: string): FlowNode {
    let node = this.#names.get(name);
    if (node === undefined) {
      node = new FlowNode();
      this.#names.set(name, node);
    }
    return node;
  }

  /** Undefined for globals. */
  lookUp(name: string): FlowNode | undefined {
    for (let scope: LexicalScope | null = this; scope !== null; scope = scope.parent) {
      const found = scope.#names.get(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  get functionScope(): LexicalScope {
    let scope: LexicalScope = this;
    while (!scope.isFunctionScope && scope.parent !== null) scope = scope.parent;
    return scope;
  }
}

/** Declares what the statements of one block declare, `var` of nested blocks included. */
export function declareNames(statements: readonly AnyNode[], scope: LexicalScope): void {
  for (const statement of statements) {
    switch (statement.type) {
      case "FunctionDeclaration":
      case "ClassDeclaration":
        if (statement.id !== null) scope.declare(statement.id.name);
        break;
      case "VariableDeclaration":
        for (const { id } of statement.declarations) {
          const target = statement.kind === "var" ? scope.functionScope : scope;
          for (const name of patternNames(id)) target.declare(name);
        }
        break;
      case "ImportDeclaration":
        for (const { local } of statement.specifiers) scope.declare(local.name);
        break;
      default:
        break;
    }
    if (statement.type !== "VariableDeclaration") hoistVars(statement, scope.functionScope);
  }
}

/** Finds `var` declarations inside nested statements, not inside nested functions. */
function hoistVars(node: AnyNode, scope: LexicalScope): void {
  if (node.type === "VariableDeclaration" && node.kind === "var") {
    for (const { id } of node.declarations) for (const name of patternNames(id)) scope.declare(name);
  }
  if (!HOISTING_THROUGH.has(node.type)) return;
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child === "object" && child !== null && "type" in child) hoistVars(child as AnyNode, scope);
    }
  }
}

const HOISTING_THROUGH: ReadonlySet<string> = new Set([
  ...["BlockStatement", "IfStatement", "ForStatement", "ForInStatement", "ForOfStatement", "WhileStatement"],
  ...["DoWhileStatement", "TryStatement", "CatchClause", "SwitchStatement", "SwitchCase", "LabeledStatement"],
]);

export function patternNames(pattern: Pattern | null): string[] {
  if (pattern === null) return [];
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap((property) =>
        patternNames(property.type === "RestElement" ? property.argument : property.value),
      );
    case "ArrayPattern":
      return pattern.elements.flatMap(patternNames);
    case "RestElement":
      return patternNames(pattern.argument);
    case "AssignmentPattern":
      return patternNames(pattern.left);
    default:
      return [];
  }
}
