/** Walks a script once and says which functions each of its calls may reach. */

import type { AnyNode, Class, Function as FunctionNode, Identifier, Pattern, Program } from "acorn";
import { isK6Specifier, K6_MODULE_EXPORTS } from "../k6/k6-module-exports.js";
import { linkCall } from "./call-flow.js";
import {
  type CallSite,
  FlowNode,
  type K6Export,
  type K6Namespace,
  PropertyNodes,
  type ScriptFunction,
} from "./flow-graph.js";
import { declareNames, LexicalScope, patternNames } from "./lexical-scopes.js";

/** A read of one member of a module of k6, to be checked against what there is. */
export interface K6MemberRead {
  readonly specifier: string;
  readonly member: string;
  readonly node: AnyNode;
}

export class ScriptFlow {
  readonly functions: ScriptFunction[] = [];
  readonly properties = new PropertyNodes();
  /** Calls outside every function: the init code. */
  readonly initCalls: CallSite[] = [];
  readonly memberReads: K6MemberRead[] = [];
  /** Names that no scope declares: `__VU`, `open`. */
  readonly globalReads: { readonly node: Identifier; readonly shorthandOf: AnyNode | null }[] = [];
  #function: ScriptFunction | null = null;
  #scope = new LexicalScope(null, true);

  readonly #source: string;

  constructor(program: Program, source: string) {
    this.#source = source;
    declareNames(program.body, this.#scope);
    for (const statement of program.body) this.visit(statement);
  }

  /** The value of an expression, or nothing of interest for a statement. */
  visit(node: AnyNode | null | undefined): FlowNode {
    if (node === null || node === undefined) return new FlowNode();
    switch (node.type) {
      case "Identifier":
        return this.#identifier(node, null);
      case "FunctionDeclaration":
        return this.#declareFunction(node, node.id);
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        return this.#functionValue(node, "plain", node.id?.name ?? "");
      case "ClassDeclaration":
      case "ClassExpression":
        return this.#class(node);
      case "CallExpression":
      case "NewExpression":
        return this.#call(node);
      case "MemberExpression":
        return this.#member(node, this.visit(node.object));
      case "ObjectExpression":
        for (const property of node.properties) this.#property(property);
        return new FlowNode();
      case "ArrayExpression":
        for (const element of node.elements) this.visit(element).flowsTo(this.properties.named("[]"));
        return new FlowNode();
      case "AssignmentExpression":
        return this.#assign(node.left, this.visit(node.right));
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
        for (const { id, init } of node.declarations) this.#bind(id, this.visit(init));
        break;
      case "ReturnStatement":
        if (this.#function !== null) this.visit(node.argument).flowsTo(this.#function.returns);
        break;
      case "ImportDeclaration":
        this.#import(node.source.value as string, node.specifiers);
        break;
      case "ForOfStatement":
      case "ForInStatement":
        this.#inScope([node.left], false, () => {
          const { left } = node;
          this.visit(node.right);
          const target = left.type === "VariableDeclaration" ? left.declarations[0]?.id : left;
          if (target !== undefined) this.#bind(target, this.properties.any);
          this.visit(node.body);
        });
        break;
      case "ForStatement":
        this.#inScope(node.init === null || node.init === undefined ? [] : [node.init], false, () =>
          this.#children(node),
        );
        break;
      case "BlockStatement":
        this.#inScope(node.body, false, () => this.#children(node));
        break;
      case "SwitchStatement":
        this.#inScope(
          node.cases.flatMap(({ consequent }) => consequent),
          false,
          () => this.#children(node),
        );
        break;
      case "CatchClause":
        this.#inScope([], false, () => {
          for (const name of patternNames(node.param ?? null)) this.#scope.declare(name);
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
        this.#children(node);
    }
    return new FlowNode();
  }

  #children(node: AnyNode): void {
    for (const value of Object.values(node)) {
      for (const child of Array.isArray(value) ? value : [value]) {
        if (typeof child === "object" && child !== null && "type" in child) this.visit(child as AnyNode);
      }
    }
  }

  #inScope(declaring: readonly AnyNode[], isFunctionScope: boolean, walk: () => void): void {
    const outer = this.#scope;
    this.#scope = new LexicalScope(outer, isFunctionScope);
    declareNames(declaring, this.#scope);
    walk();
    this.#scope = outer;
  }

  #identifier(node: Identifier, shorthandOf: AnyNode | null): FlowNode {
    const found = this.#scope.lookUp(node.name);
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
    const value = this.#functionValue(node, "plain", id?.name ?? "");
    if (id !== null && id !== undefined)
      value.flowsTo(this.#scope.lookUp(id.name) ?? this.#scope.declare(id.name));
    return value;
  }

  #functionValue(
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
      if (node.type === "FunctionExpression" && node.id) this.#scope.declare(node.id.name).add(made);
      node.params.forEach((parameter, index) => {
        for (const parameterName of patternNames(parameter)) this.#scope.declare(parameterName);
        const source = made.parameters[index];
        if (source !== undefined)
          this.#bind(parameter, parameter.type === "RestElement" ? this.properties.any : source);
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

  #class(node: Class): FlowNode {
    const value = new FlowNode();
    if (node.superClass) this.visit(node.superClass).flowsTo(value);
    if (node.id) value.flowsTo(this.#scope.lookUp(node.id.name) ?? this.#scope.declare(node.id.name));
    for (const member of node.body.body) {
      if (member.type === "StaticBlock") {
        this.#functionLike(() => this.#children(member));
        continue;
      }
      const name = this.#keyName(member.key, member.computed);
      if (member.type === "PropertyDefinition") {
        const held = member.value;
        // A plain function in a field is the field's value; any other initialiser runs within the constructor.
        if (held && /Function/.test(held.type)) this.visit(held).flowsTo(this.properties.named(name));
        else if (held) this.#functionLike(() => this.visit(held).flowsTo(this.properties.named(name)), held);
      } else if (member.kind === "constructor") {
        this.#functionValue(member.value, "constructor", node.id?.name ?? "constructor").flowsTo(value);
      } else if (member.kind === "method") {
        const asyncAt = member.static ? this.#afterStatic(member.start) : member.start;
        this.#functionValue(member.value, "plain", name, asyncAt).flowsTo(this.properties.named(name));
      } else {
        this.#accessor(member.value, member.kind === "get" ? "getter" : "setter", name);
      }
    }
    return value;
  }

  #afterStatic(start: number): number {
    const keyword = "static".length;
    return start + keyword + this.#source.slice(start + keyword).search(/\S/);
  }

  /** Runs code of a class body that becomes no function of its own, kept apart so that it can be refused. */
  #functionLike(walk: () => void, node?: AnyNode): void {
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

  #accessor(node: FunctionNode, form: "getter" | "setter", name: string): void {
    const value = this.#functionValue(node, form, name);
    for (const made of value.values) {
      if (made.kind === "function") made.returns.flowsTo(this.properties.named(name));
    }
  }

  #property(property: AnyNode): void {
    if (property.type !== "Property") {
      this.visit(property);
      return;
    }
    const name = this.#keyName(property.key, property.computed);
    const { value } = property;
    if (property.kind !== "init")
      this.#accessor(value as FunctionNode, property.kind === "get" ? "getter" : "setter", name);
    else if (property.shorthand && value.type === "Identifier") {
      this.#identifier(value, property).flowsTo(this.properties.named(name));
    } else if (value.type === "FunctionExpression") {
      const asyncAt = property.method ? property.start : value.start;
      this.#functionValue(value, "plain", name, asyncAt).flowsTo(this.properties.named(name));
    } else this.visit(value).flowsTo(this.properties.named(name));
  }

  #keyName(key: AnyNode, computed: boolean): string {
    if (!computed && key.type === "Identifier") return key.name;
    if (key.type === "PrivateIdentifier") return `#${key.name}`;
    if (key.type === "Literal") return String(key.value);
    this.visit(key);
    return "[]";
  }

  #member(node: AnyNode & { type: "MemberExpression" }, object: FlowNode): FlowNode {
    const name = this.#keyName(node.property, node.computed);
    const result = new FlowNode();
    (name === "[]" ? this.properties.any : this.properties.named(name)).flowsTo(result);
    this.#readNamespace(object, name, result, node);
    return result;
  }

  /** When a module of k6 arrives at `object`, its member arrives at `result`. */
  #readNamespace(object: FlowNode, name: string, result: FlowNode, node: AnyNode): void {
    object.onValue((value) => {
      if (value.kind !== "namespace") return;
      const exports = K6_MODULE_EXPORTS[value.specifier] ?? {};
      if (name === "default") {
        result.add(value);
      } else if (name === "[]") {
        for (const member of Object.keys(exports)) result.add(k6Export(value, member));
      } else {
        this.memberReads.push({ specifier: value.specifier, member: name, node });
        if (exports[name] !== undefined) result.add(k6Export(value, name));
      }
    });
  }

  #assign(target: Pattern, value: FlowNode): FlowNode {
    this.#bind(target, value);
    return value;
  }

  #bind(target: Pattern, value: FlowNode): void {
    switch (target.type) {
      case "Identifier":
        value.flowsTo(this.#identifier(target, null));
        break;
      case "MemberExpression": {
        const name = this.#keyName(target.property, target.computed);
        this.visit(target.object);
        value.flowsTo(this.properties.named(name));
        break;
      }
      case "AssignmentPattern":
        this.visit(target.right).flowsTo(value);
        this.#bind(target.left, value);
        break;
      case "ArrayPattern":
        for (const element of target.elements) if (element) this.#bind(element, this.properties.any);
        break;
      case "RestElement":
        this.#bind(target.argument, value);
        break;
      case "ObjectPattern":
        for (const property of target.properties) this.#bindProperty(property, value);
        break;
    }
  }

  #bindProperty(property: AnyNode, value: FlowNode): void {
    if (property.type === "RestElement") {
      this.#bind(property.argument, value);
    } else if (property.type === "Property") {
      const name = this.#keyName(property.key, property.computed);
      const read = new FlowNode();
      (name === "[]" ? this.properties.any : this.properties.named(name)).flowsTo(read);
      this.#readNamespace(value, name, read, property);
      this.#bind(property.value as unknown as Pattern, read);
    }
  }

  #import(specifier: string, specifiers: readonly AnyNode[]): void {
    if (!isK6Specifier(specifier)) return;
    const namespace: K6Namespace = { kind: "namespace", specifier };
    for (const imported of specifiers) {
      if (imported.type === "ImportSpecifier") {
        const name =
          imported.imported.type === "Identifier" ? imported.imported.name : String(imported.imported.value);
        const source = new FlowNode();
        source.add(namespace);
        this.#readNamespace(source, name, this.#scope.declare(imported.local.name), imported);
      } else if (imported.type === "ImportDefaultSpecifier" || imported.type === "ImportNamespaceSpecifier") {
        this.#scope.declare(imported.local.name).add(namespace);
      }
    }
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
    const { site, result } = linkCall(
      { node, callee: target, args, method, isNew: node.type === "NewExpression" },
      receiver,
      this.properties,
    );
    if (this.#function === null) this.initCalls.push(site);
    else this.#function.calls.push(site);
    return result;
  }
}

const exportValues = new Map<string, K6Export>();

function k6Export(namespace: K6Namespace, member: string): K6Export {
  const key = `${namespace.specifier}.${member}`;
  let value = exportValues.get(key);
  if (value === undefined) {
    const behaviour = K6_MODULE_EXPORTS[namespace.specifier]?.[member] ?? "value";
    value = { kind: "k6", name: key, behaviour };
    exportValues.set(key, value);
  }
  return value;
}
