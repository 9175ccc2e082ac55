/** Walks a script once and says which functions each of its calls may reach. */

import type { AnyNode, Function as FunctionNode, Identifier, Program } from "acorn";
import { linkCall } from "./call-flow.js";
import { walkClass, walkProperty } from "./class-flow.js";
import { type CallSite, FlowNode, PropertyNodes, type ScriptFunction } from "./flow-graph.js";
import { K6Reads } from "./k6-reads.js";
import { declareNames, LexicalScope, patternNames } from "./lexical-scopes.js";
import { bindPattern } from "./pattern-flow.js";

export class ScriptFlow {
  readonly functions: ScriptFunction[] = [];
  readonly properties = new PropertyNodes();
  /** Calls outside every function: the init code. */
  readonly initCalls: CallSite[] = [];
  readonly k6 = new K6Reads();
  /** Names that no scope declares: `__VU`, `open`. */
  readonly globalReads: { readonly node: Identifier; readonly shorthandOf: AnyNode | null }[] = [];
  #function: ScriptFunction | null = null;
  scope = new LexicalScope(null, true);

  readonly source: string;

  constructor(program: Program, source: string) {
    this.source = source;
    declareNames(program.body, this.scope);
    for (const statement of program.body) this.visit(statement);
  }

  /** The value of an expression, or nothing of interest for a statement. */
  visit(node: AnyNode | null | undefined): FlowNode {
    if (node === null || node === undefined) return new FlowNode();
    switch (node.type) {
      case "Identifier":
        return this.identifier(node, null);
      case "FunctionDeclaration":
        return this.#declareFunction(node, node.id);
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        return this.functionValue(node, "plain", node.id?.name ?? "");
      case "ClassDeclaration":
      case "ClassExpression":
        return walkClass(this, node);
      case "CallExpression":
      case "NewExpression":
        return this.#call(node);
      case "TaggedTemplateExpression":
        this.visit(node.quasi);
        return this.#link({ node, callee: this.visit(node.tag), args: [], method: null, isNew: false }, null);
      case "MemberExpression":
        return this.#member(node, this.visit(node.object));
      case "ObjectExpression":
        for (const property of node.properties) walkProperty(this, property);
        return new FlowNode();
      case "ArrayExpression":
        for (const element of node.elements) this.visit(element).flowsTo(this.properties.named("[]"));
        return new FlowNode();
      case "AssignmentExpression": {
        const value = this.visit(node.right);
        bindPattern(this, node.left, value);
        return value;
      }
      case "ConditionalExpression":
        this.visit(node.test);
        return this.#union(node.consequent, node.alternate);
      case "LogicalExpression":
        return this.#union(node.left, node.right);
      case "SequenceExpression":
        return node.expressions.map((expression) => this.visit(expression)).at(-1) ?? new FlowNode();
      case "ChainExpression":
        return this.visit(node.expression);
      case "AwaitExpression":
      case "SpreadElement":
        return this.visit(node.argument);
      default:
        return this.#statement(node);
    }
  }

  #statement(node: AnyNode): FlowNode {
    switch (node.type) {
      case "VariableDeclaration":
        for (const { id, init } of node.declarations) bindPattern(this, id, this.visit(init));
        break;
      case "ReturnStatement":
        if (this.#function !== null) this.visit(node.argument).flowsTo(this.#function.returns);
        break;
      case "ImportDeclaration":
        this.k6.bindImport(node, (name) => this.scope.declare(name));
        break;
      case "ForOfStatement":
      case "ForInStatement":
        this.#inScope([node.left], false, () => {
          const { left } = node;
          this.visit(node.right);
          const target = left.type === "VariableDeclaration" ? left.declarations[0]?.id : left;
          if (target !== undefined) bindPattern(this, target, this.properties.any);
          this.visit(node.body);
        });
        break;
      case "ForStatement":
        this.#inScope(node.init === null || node.init === undefined ? [] : [node.init], false, () =>
          this.children(node),
        );
        break;
      case "BlockStatement":
        this.#inScope(node.body, false, () => this.children(node));
        break;
      case "SwitchStatement":
        this.#inScope(
          node.cases.flatMap(({ consequent }) => consequent),
          false,
          () => this.children(node),
        );
        break;
      case "CatchClause":
        this.#inScope([], false, () => {
          for (const name of patternNames(node.param ?? null)) this.scope.declare(name);
          this.visit(node.body);
        });
        break;
      case "ExportNamedDeclaration":
        if (node.declaration !== null && node.declaration !== undefined) this.visit(node.declaration);
        break;
      case "LabeledStatement":
        this.visit(node.body);
        break;
      case "BreakStatement":
      case "ContinueStatement":
        break;
      default:
        this.children(node);
    }
    return new FlowNode();
  }

  children(node: AnyNode): void {
    for (const value of Object.values(node)) {
      for (const child of Array.isArray(value) ? value : [value]) {
        if (typeof child === "object" && child !== null && "type" in child) this.visit(child as AnyNode);
      }
    }
  }

  #inScope(declaring: readonly AnyNode[], isFunctionScope: boolean, walk: () => void): void {
    const outer = this.scope;
    this.scope = new LexicalScope(outer, isFunctionScope);
    declareNames(declaring, this.scope);
    walk();
    this.scope = outer;
  }

  identifier(node: Identifier, shorthandOf: AnyNode | null): FlowNode {
    const found = this.scope.lookUp(node.name);
    if (found !== undefined) return found;
    this.globalReads.push({ node, shorthandOf });
    return new FlowNode();
  }

  #union(left: AnyNode, right: AnyNode): FlowNode {
    const both = new FlowNode();
    this.visit(left).flowsTo(both);
    this.visit(right).flowsTo(both);
    return both;
  }

  #declareFunction(node: FunctionNode, id: Identifier | null | undefined): FlowNode {
    const value = this.functionValue(node, "plain", id?.name ?? "");
    if (id !== null && id !== undefined)
      value.flowsTo(this.scope.lookUp(id.name) ?? this.scope.declare(id.name));
    return value;
  }

  functionValue(
    node: FunctionNode,
    form: ScriptFunction["form"],
    name: string,
    asyncAt = node.start,
  ): FlowNode {
    const made: ScriptFunction = {
      kind: "function",
      node,
      asyncAt,
      form: node.generator && !node.async ? "generator" : form,
      name,
      isAsync: node.async,
      parameters: node.params.map(() => new FlowNode()),
      returns: new FlowNode(),
      calls: [],
      waits: false,
    };
    this.functions.push(made);
    const outer = this.#function;
    this.#function = made;
    const body = node.body.type === "BlockStatement" ? node.body.body : [];
    this.#inScope(body, true, () => {
      if (node.type === "FunctionExpression" && node.id) this.scope.declare(node.id.name).add(made);
      node.params.forEach((parameter, index) => {
        for (const parameterName of patternNames(parameter)) this.scope.declare(parameterName);
        const source = made.parameters[index];
        if (source !== undefined)
          bindPattern(this, parameter, parameter.type === "RestElement" ? this.properties.any : source);
        if (source !== undefined && parameter.type === "RestElement") source.flowsTo(this.properties.any);
      });
      if (node.body.type === "BlockStatement") for (const statement of body) this.visit(statement);
      else this.visit(node.body).flowsTo(made.returns);
    });
    this.#function = outer;
    const value = new FlowNode();
    value.add(made);
    return value;
  }

  /** Runs code that becomes no function of its own, kept apart so that it can be refused. */
  insideClassBody(node: AnyNode, walk: () => void): void {
    const outer = this.#function;
    const holder: ScriptFunction = {
      kind: "function",
      node: node as FunctionNode,
      asyncAt: 0,
      form: "field",
      name: "class field",
      isAsync: false,
      parameters: [],
      returns: new FlowNode(),
      calls: [],
      waits: false,
    };
    this.functions.push(holder);
    this.#function = holder;
    walk();
    this.#function = outer;
  }

  keyName(key: AnyNode, computed: boolean): string {
    if (!computed && key.type === "Identifier") return key.name;
    if (key.type === "PrivateIdentifier") return `#${key.name}`;
    if (key.type === "Literal") return String(key.value);
    this.visit(key);
    return "[]";
  }

  #member(node: AnyNode & { type: "MemberExpression" }, object: FlowNode): FlowNode {
    const name = this.keyName(node.property, node.computed);
    const result = new FlowNode();
    this.properties.read(name).flowsTo(result);
    this.k6.readMember(object, name, result, node);
    return result;
  }

  #call(node: AnyNode & { type: "CallExpression" | "NewExpression" }): FlowNode {
    const { callee } = node;
    const receiver = callee.type === "MemberExpression" ? this.visit(callee.object) : null;
    const target =
      callee.type === "MemberExpression" && receiver !== null
        ? this.#member(callee, receiver)
        : this.visit(callee);
    const args = node.arguments.map((argument) => this.visit(argument));
    const method =
      callee.type === "MemberExpression" && !callee.computed && callee.property.type === "Identifier"
        ? callee.property.name
        : null;
    return this.#link({ node, callee: target, args, method, isNew: node.type === "NewExpression" }, receiver);
  }

  #link(written: CallSite, receiver: FlowNode | null): FlowNode {
    const { site, result } = linkCall(written, receiver, this.properties);
    if (this.#function === null) this.initCalls.push(site);
    else this.#function.calls.push(site);
    return result;
  }
}
