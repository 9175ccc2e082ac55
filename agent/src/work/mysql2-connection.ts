/** mysql2's Connection: how long each query takes, from when it was asked until its answer is complete. */

import type { DatabasePlace, DownstreamCalls } from "../downstream/downstream-calls";
import type { Guard } from "../guard";
import { prototypeWith, wrapMethod } from "../method-wrapping";
import type { ModuleHook } from "../module-hooks";
import { likenessOf } from "./likeness";
import { beginCall, type EndCall, endingCallback } from "./timed-call";

interface MysqlConfig {
  readonly host?: string;
  readonly port?: number;
  readonly database?: string;
  readonly socketPath?: string;
}

interface MysqlConnection {
  readonly config: MysqlConfig;
}

/** A query that a pool made, or one of a statement that was prepared before. */
interface MysqlCommand {
  readonly sql?: unknown;
  readonly values?: unknown;
  readonly statement?: { readonly query?: unknown };
  onResult?: unknown;
}

const PART = "library mysql2";

export function mysql2ConnectionHook(guard: Guard, downstream: DownstreamCalls): ModuleHook {
  const begin = (connection: unknown, likeness: string | null): EndCall | undefined =>
    guard.run(PART, () => {
      const client = connection as MysqlConnection;
      return beginCall(
        downstream.database(client, () => placeOf(client.config)),
        likeness,
      );
    });

  /** Without a callback the rows are read as their owner likes: how long that takes says nothing. */
  const timeMethod = (prototype: object, name: string): boolean =>
    wrapMethod(
      prototype,
      name,
      (original) =>
        function (this: unknown, ...args) {
          if (timeCommand(this, args[0])) return original.apply(this, args);
          const at = args.findIndex((argument) => typeof argument === "function");
          const end = at === -1 ? undefined : begin(this, queryLikeness(args));
          if (end === undefined) return original.apply(this, args);
          try {
            return original.apply(this, args.with(at, endingCallback(args[at], end)));
          } catch (error) {
            end(error);
            throw error;
          }
        },
    );

  function timeCommand(connection: unknown, sent: unknown): boolean {
    if (typeof sent !== "object" || sent === null) return false;
    const command = sent as MysqlCommand;
    if (typeof command.onResult !== "function") return false;
    const end = begin(connection, likenessOf(command.statement?.query ?? command.sql, command.values));
    if (end !== undefined) command.onResult = endingCallback(command.onResult, end);
    return true;
  }

  return {
    majors: [2, 3],
    install: (exports) => {
      const prototype = prototypeWith(exports, ["query", "execute", "addCommand"]);
      if (prototype === undefined) return;
      timeMethod(prototype, "query");
      timeMethod(prototype, "execute");
      wrapMethod(
        prototype,
        "addCommand",
        (original) =>
          function (this: unknown, ...args) {
            if (isPreparedExecution(args[0])) timeCommand(this, args[0]);
            return original.apply(this, args);
          },
      );
    },
  };
}

/** Of a statement that the application prepared; `execute` names its statement only later. */
function isPreparedExecution(sent: unknown): boolean {
  if (typeof sent !== "object" || sent === null) return false;
  return sent.constructor?.name === "Execute" && (sent as MysqlCommand).statement !== undefined;
}

/** Where a connection or a pool leads, by the conventions. */
export function placeOf({ host, port, database, socketPath }: MysqlConfig): DatabasePlace {
  return {
    system: "mysql",
    address: socketPath ?? host ?? "localhost",
    port: socketPath === undefined ? String(port ?? 3306) : "",
    namespace: database ?? "",
  };
}

/** The same text with the same values. */
function queryLikeness([query, values]: readonly unknown[]): string | null {
  if (typeof query === "string") return likenessOf(query, values);
  const { sql, values: own } = (query ?? {}) as MysqlCommand;
  return likenessOf(sql, own ?? values);
}
