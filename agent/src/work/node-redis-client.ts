/**
 * @redis/client, which `redis` consists of: how long each command takes, its wait for a connection included.
 * What is sent together (MULTI, a pipeline) is one call.
 */

import type { DatabasePlace, DownstreamCalls } from "../downstream/downstream-calls";
import type { Guard } from "../guard";
import { ownExport, prototypeWith, wrapMethod } from "../method-wrapping";
import type { ModuleHook } from "../module-hooks";
import { observed } from "./library-hook";
import { likenessOf } from "./likeness";
import { isTimedCommand } from "./redis-command";
import { beginCall } from "./timed-call";

export interface RedisOptions {
  readonly socket?: { readonly host?: string; readonly port?: number; readonly path?: string };
  readonly database?: number;
}

interface RedisClient {
  readonly options?: RedisOptions;
  /** The client itself, where `this` is one with other command options. */
  readonly _self?: RedisClient;
}

/** What a call asks, from its arguments; null when it is not timed. */
type ReadCall = (args: readonly unknown[]) => Asked | null;

interface Asked {
  readonly likeness: string | null;
}

/** 1 is what `redis` 4 consists of; it has no pools. */
export const KNOWN_MAJORS = [1, 5, 6] as const;
const PART = "library @redis/client";
/** Clusters, pools and sentinels have some of the same methods, and call those of their clients. */
const OF_CLIENTS = ["sendCommand", "SELECT", "connect"];

export function nodeRedisHook(guard: Guard, downstream: DownstreamCalls): ModuleHook {
  const time = (prototype: object, method: string, read: ReadCall): boolean =>
    wrapMethod(
      prototype,
      method,
      (original) =>
        function (this: unknown, ...args) {
          const end = guard.run(PART, () => {
            const asked = read(args);
            if (asked === null) return undefined;
            const client = (this as RedisClient)._self ?? (this as RedisClient);
            const database = downstream.database(client, () => placeOf(client.options ?? {}));
            return beginCall(database, asked.likeness);
          });
          const answer = original.apply(this, args);
          return end === undefined ? answer : observed(answer, end);
        },
    );

  return {
    majors: KNOWN_MAJORS,
    install: (exports) => {
      const prototype = prototypeWith(ownExport(exports, "default"), OF_CLIENTS);
      if (prototype === undefined) return;
      time(prototype, "sendCommand", rawCommand);
      for (const method of ["_executeMulti", "_executePipeline", "multiExecutor"])
        time(prototype, method, together);
      if (!Object.hasOwn(prototype, "commandsExecutor")) return;
      // Version 1 (redis 4) sends by a private method: there each way to it is wrapped.
      time(prototype, "commandsExecutor", ofModule);
      time(prototype, "executeScript", together);
      time(prototype, "executeFunction", together);
      for (const name of Object.keys(prototype))
        if (name !== "Multi") time(prototype, name, (args) => namedCommand(name, args));
    },
  };
}

const rawCommand: ReadCall = ([command, options]) => {
  if (!Array.isArray(command) || isIsolated(options)) return null;
  const [name, ...values] = command as readonly unknown[];
  return isTimedCommand(name) ? { likeness: likenessOf(name, values) } : null;
};

function namedCommand(name: string, args: readonly unknown[]): Asked | null {
  return isTimedCommand(name) && !isIsolated(args[0]) ? { likeness: likenessOf(name, args) } : null;
}

const together: ReadCall = () => ({ likeness: null });

const ofModule: ReadCall = ([, args]) =>
  isIsolated((args as readonly unknown[] | undefined)?.[0]) ? null : { likeness: null };

/** Such a command is sent once more, by a client of its own, and counts there. */
function isIsolated(options: unknown): boolean {
  return (options as { readonly isolated?: unknown } | null | undefined)?.isolated === true;
}

/** Where a client leads, by the conventions. */
export function placeOf({ socket = {}, database = 0 }: RedisOptions): DatabasePlace {
  const { host = "localhost", port = 6379, path } = socket;
  return {
    system: "redis",
    address: path ?? host,
    port: path === undefined ? String(port) : "",
    namespace: String(database),
  };
}
