/** @redis/client's pool, of versions 5 and later: connections, who waits for one, how long one is used. */

import { monotonicMs } from "../clock";
import { errorTypeOf } from "../downstream/error-type";
import { ownExport, prototypeWith, wrapMethod } from "../method-wrapping";
import type { ModuleHook } from "../module-hooks";
import { type LibraryParts, observed } from "./library-hook";
import { KNOWN_MAJORS, placeOf, type RedisOptions } from "./node-redis-client";
import { poolNameOf } from "./pool-name";
import type { PoolMonitor } from "./work-sources";

interface RedisPool {
  readonly idleClients: number;
  readonly clientsInUse: number;
  readonly tasksQueueLength: number;
  /** The pool itself, where `this` is one with other command options. */
  readonly _self: RedisPool;
}

type PoolTask = (client: { readonly options?: RedisOptions }) => unknown;

const PART = "library @redis/client";
const OF_POOLS = ["execute", "sendCommand", "connect", "close", "destroy"];
/** Where the application sets none. */
const DEFAULT_MAXIMUM = 100;

export function nodeRedisPoolHook(parts: LibraryParts): ModuleHook {
  const pools = new RedisPools(parts);

  return {
    majors: KNOWN_MAJORS,
    install: (exports) => {
      const exported = ownExport(exports, "RedisClientPool");
      const prototype = prototypeWith(exported, OF_POOLS);
      if (prototype === undefined) return;
      wrapMethod(
        exported,
        "create",
        (original) =>
          function (this: unknown, ...args) {
            const pool = original.apply(this, args);
            parts.guard.run(PART, () => pools.created(pool as RedisPool, args[1]));
            return pool;
          },
      );
      wrapMethod(
        prototype,
        "execute",
        (original) =>
          function (this: unknown, ...args) {
            const [task, ...rest] = args;
            if (typeof task !== "function") return original.apply(this, args);
            const { run, settled } = pools.timedTask((this as RedisPool)._self, task as PoolTask);
            return observed(original.call(this, run, ...rest), settled);
          },
      );
      for (const method of ["close", "destroy"])
        wrapMethod(
          prototype,
          method,
          (original) =>
            function (this: unknown, ...args) {
              pools.stop((this as RedisPool)._self);
              return original.apply(this, args);
            },
        );
    },
  };
}

class RedisPools {
  readonly #parts: LibraryParts;
  readonly #monitors = new WeakMap<object, PoolMonitor>();
  readonly #maximums = new WeakMap<object, number>();

  constructor(parts: LibraryParts) {
    this.#parts = parts;
  }

  created({ _self: pool }: RedisPool, options: unknown): void {
    const { maximum = DEFAULT_MAXIMUM } = (options ?? {}) as { readonly maximum?: number };
    this.#maximums.set(pool, maximum);
  }

  /** The task to give to the pool, and what to do when the pool is done with it. */
  timedTask(pool: RedisPool, task: PoolTask) {
    const askedAtMs = monotonicMs();
    let isServed = false;
    const run: PoolTask = (client) => {
      isServed = true;
      const servedAtMs = monotonicMs();
      const monitor = this.#parts.guard.run(PART, () => this.#monitorOf(pool, client.options ?? {}));
      monitor?.recordWait(servedAtMs - askedAtMs);
      const given = (): void => monitor?.recordUse(monotonicMs() - servedAtMs);
      const result = task(client);
      if (result instanceof Promise) return observed(result, given);
      given();
      return result;
    };
    const settled = (error: unknown): void => {
      if (!isServed && errorTypeOf(error) === "TimeoutError") this.#monitors.get(pool)?.recordTimeout();
    };
    return { run, settled };
  }

  stop(pool: RedisPool): void {
    this.#monitors.get(pool)?.stop();
  }

  /** Where it leads is known from its clients alone. */
  #monitorOf(pool: RedisPool, options: RedisOptions): PoolMonitor {
    const known = this.#monitors.get(pool);
    if (known !== undefined) return known;
    const monitor = this.#parts.work.monitorPool(poolNameOf(placeOf(options)), {
      used: () => pool.clientsInUse,
      idle: () => pool.idleClients,
      pending: () => pool.tasksQueueLength,
      max: () => this.#maximums.get(pool) ?? null,
    });
    this.#monitors.set(pool, monitor);
    return monitor;
  }
}
