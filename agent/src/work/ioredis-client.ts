/** ioredis: how long each command takes, its wait for a connection included. */

import type { DatabaseCalls, DatabasePlace, DownstreamCalls } from "../downstream/downstream-calls";
import { errorTypeOf } from "../downstream/error-type";
import type { Guard } from "../guard";
import { ownExport, prototypeOf, wrapMethod } from "../method-wrapping";
import type { ModuleHook } from "../module-hooks";
import { likenessOf } from "./likeness";
import { isTimedCommand } from "./redis-command";

interface RedisClient {
  readonly options?: { readonly host?: string; readonly port?: number; readonly db?: number };
}

interface RedisCommand {
  readonly name?: unknown;
  readonly args?: readonly unknown[];
  resolve?: (value: unknown) => unknown;
  reject?: (error: unknown) => unknown;
  [seen]?: true;
}

const seen = Symbol("loopscope.command");
export function ioredisHook(guard: Guard, downstream: DownstreamCalls): ModuleHook {
  return {
    majors: [4, 5],
    install: (exports) => {
      wrapMethod(
        prototypeOf(ownExport(exports, "Redis")),
        "sendCommand",
        (original) =>
          function (this: unknown, ...args) {
            guard.run("library ioredis", () => {
              const client = this as RedisClient;
              timeCommand(
                downstream.database(client, () => placeOf(client)),
                args[0],
              );
            });
            return original.apply(this, args);
          },
      );
    },
  };
}

function placeOf({ options = {} }: RedisClient): DatabasePlace {
  const { host = "localhost", port = 6379, db = 0 } = options;
  return { system: "redis", address: host, port: String(port), namespace: String(db) };
}

/** A command that waits for its connection is sent again: it counts from the first time. */
function timeCommand(database: DatabaseCalls, sent: unknown): void {
  const command = (sent ?? {}) as RedisCommand;
  const { name, resolve, reject } = command;
  if (command[seen] === true || !isTimedCommand(name)) return;
  if (typeof resolve !== "function" || typeof reject !== "function") return;
  command[seen] = true;
  const call = database.begin(likenessOf(name, command.args));
  let open = true;
  const end = (errorType: string | null): void => {
    if (open) database.end(call, errorType);
    open = false;
  };
  // Not its promise: one that we listened to would no longer count as unhandled.
  command.resolve = (value) => {
    end(null);
    return resolve.call(command, value);
  };
  command.reject = (error) => {
    end(errorTypeOf(error));
    return reject.call(command, error);
  };
}
