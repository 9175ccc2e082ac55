/** mysql2's Pool: connections, who waits for one and for how long, how long one is used. */

import { monotonicMs } from "../clock";
import { prototypeWith, wrapMethod } from "../method-wrapping";
import type { ModuleHook } from "../module-hooks";
import type { LibraryParts } from "./library-hook";
import { placeOf } from "./mysql2-connection";
import { poolNameOf } from "./pool-name";
import type { PoolMonitor } from "./work-sources";

interface MysqlPool {
  readonly config: {
    /** 0 is unbounded. */
    readonly connectionLimit?: number;
    readonly connectionConfig: Parameters<typeof placeOf>[0];
  };
  readonly _allConnections: { readonly length: number };
  readonly _freeConnections: { readonly length: number };
  readonly _connectionQueue: { readonly length: number };
}

interface WatchedPool {
  readonly monitor: PoolMonitor;
  readonly borrowedAtMs: WeakMap<object, number>;
}

type ConnectionCallback = (error: unknown, connection?: object) => void;

const PART = "library mysql2";
/** Handed to the pool by us already: it asks again with the same callback when a connection broke. */
const timed = Symbol("loopscope.timed");

export function mysql2PoolHook({ guard, work }: LibraryParts): ModuleHook {
  const watched = new WeakMap<object, WatchedPool>();

  const watchedPool = (pool: MysqlPool): WatchedPool => {
    const known = watched.get(pool);
    if (known !== undefined) return known;
    const { connectionConfig, connectionLimit = 0 } = pool.config;
    const monitor = work.monitorPool(poolNameOf(placeOf(connectionConfig)), {
      used: () => pool._allConnections.length - pool._freeConnections.length,
      idle: () => pool._freeConnections.length,
      pending: () => pool._connectionQueue.length,
      max: () => (connectionLimit === 0 ? null : connectionLimit),
    });
    const state = { monitor, borrowedAtMs: new WeakMap<object, number>() };
    watched.set(pool, state);
    return state;
  };

  return {
    majors: [2, 3],
    install: (exports) => {
      const prototype = prototypeWith(exports, ["getConnection", "releaseConnection", "_removeConnection"]);
      if (prototype === undefined) return;
      wrapMethod(
        prototype,
        "getConnection",
        (original) =>
          function (this: unknown, ...args) {
            const callback = args[0] as ConnectionCallback & { readonly [timed]?: true };
            if (typeof callback !== "function" || callback[timed] === true) return original.apply(this, args);
            const pool = guard.run(PART, () => watchedPool(this as MysqlPool));
            if (pool === undefined) return original.apply(this, args);
            return original.call(this, timedCallback(pool, callback));
          },
      );
      wrapMethod(
        prototype,
        "releaseConnection",
        (original) =>
          function (this: unknown, ...args) {
            const pool = watched.get(this as object);
            if (pool !== undefined) recordUse(pool, args[0]);
            return original.apply(this, args);
          },
      );
      wrapMethod(
        prototype,
        "end",
        (original) =>
          function (this: unknown, ...args) {
            watched.get(this as object)?.monitor.stop();
            return original.apply(this, args);
          },
      );
    },
  };
}

function timedCallback({ monitor, borrowedAtMs }: WatchedPool, callback: ConnectionCallback) {
  const startMs = monotonicMs();
  const answered: ConnectionCallback = (error, connection) => {
    const nowMs = monotonicMs();
    monitor.recordWait(nowMs - startMs);
    if (connection !== undefined) borrowedAtMs.set(connection, nowMs);
    else if ((error as { readonly code?: unknown } | null)?.code === "ETIMEDOUT") monitor.recordTimeout();
    callback(error, connection);
  };
  return Object.assign(answered, { [timed]: true as const });
}

/** A connection that broke is given back twice. */
function recordUse({ monitor, borrowedAtMs }: WatchedPool, connection: unknown): void {
  if (typeof connection !== "object" || connection === null) return;
  const sinceMs = borrowedAtMs.get(connection);
  if (sinceMs === undefined) return;
  borrowedAtMs.delete(connection);
  monitor.recordUse(monotonicMs() - sinceMs);
}
