/**
 * Wraps the synchronous calls of node:sqlite once the application has loaded it: loading it for that purpose
 * would print a warning on versions where it is experimental.
 */
import { wrapFunction } from "./native-call-wrapping";

/** Name under which a running call is shown before it has ended. */
export const SQLITE = "node:sqlite";

const STATEMENT_CALLS = ["all", "get", "run"];
const DATABASE_CALLS = ["exec", "applyChangeset"];

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;
type NamedCall = (name: string, original: AnyFunction, receiver: unknown, args: unknown[]) => unknown;

interface ModuleList {
  readonly moduleLoadList?: readonly string[];
  getBuiltinModule?(name: string): Readonly<Record<string, { readonly prototype: object }>> | undefined;
}

/** Looks whether modules have been loaded since the last call; costs nothing while none have. */
export class SqliteWrapping {
  readonly #around: NamedCall;
  #modules = 0;
  #isDone = false;

  constructor(around: NamedCall) {
    this.#around = around;
  }

  look(): void {
    const { moduleLoadList } = process as ModuleList;
    if (this.#isDone || moduleLoadList === undefined || moduleLoadList.length === this.#modules) return;
    this.#modules = moduleLoadList.length;
    if (!moduleLoadList.includes("NativeModule sqlite")) return;
    this.#isDone = true;
    const sqlite = (process as ModuleList).getBuiltinModule?.(SQLITE);
    this.#wrap("sqlite.StatementSync", sqlite?.StatementSync?.prototype, STATEMENT_CALLS);
    this.#wrap("sqlite.DatabaseSync", sqlite?.DatabaseSync?.prototype, DATABASE_CALLS);
  }

  #wrap(type: string, prototype: object | undefined, methods: readonly string[]): void {
    if (prototype === undefined) return;
    for (const method of methods) {
      wrapFunction(prototype, method, (original, receiver, args) =>
        this.#around(`${type}.${method}`, original, receiver, args),
      );
    }
  }
}
