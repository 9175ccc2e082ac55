/** pg's Pool: connections, who waits for one and for how long, how long one is used. */

import { monotonicMs } from "../clock";
import { ownExport, prototypeOf, wrapMethod } from "../method-wrapping";
import type { ModuleHook } from "../module-hooks";
import { type LibraryParts, observed } from "./library-hook";
import { poolNameOf } from "./pool-name";
import type { PoolMonitor } from "./work-sources";

interface PgClient {
  readonly host?: string;
  readonly port?: number;
  readonly database?: string;
}

interface PgPool {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
  readonly ended?: boolean;
  readonly options: {
    readonly max?: number;
    readonly connectionString?: string;
    readonly host?: string;
    readonly port?: number | string;
    readonly database?: string;
  };
  on(event: string, listener: (...args: never[]) => void): unknown;
}

type ConnectCallback = (error: unknown, ...rest: unknown[]) => void;

/** pg-pool says these when `connectionTimeoutMillis` is over; it has no code for it. */
const TIMEOUT_MESSAGES = /timeout exceeded when trying to connect|due to connection timeout/;

export function pgPoolHook(parts: LibraryParts): ModuleHook {
  const monitors = new WeakMap<object, PoolMonitor>();

  const monitorOf = (pool: PgPool): PoolMonitor => {
    const known = monitors.get(pool);
    if (known !== undefined) return known;
    const monitor = parts.work.monitorPool(nameOf(pool), {
      used: () => pool.totalCount - pool.idleCount,
      idle: () => pool.idleCount,
      pending: () => pool.waitingCount,
      max: () => pool.options.max ?? null,
    });
    monitors.set(pool, monitor);
    watchUse(pool, monitor);
    return monitor;
  };

  return {
    majors: [3],
    install: (exports) => {
      const prototype = prototypeOf(ownExport(exports, "Pool") ?? exports);
      wrapMethod(
        prototype,
        "connect",
        (original) =>
          function (this: unknown, ...args) {
            const monitor = parts.guard.run("library pg-pool", () => monitorOf(this as PgPool));
            if (monitor === undefined) return original.apply(this, args);
            const startMs = monotonicMs();
            const ended = (error: unknown): void => {
              monitor.recordWait(monotonicMs() - startMs);
              if (error instanceof Error && TIMEOUT_MESSAGES.test(error.message)) monitor.recordTimeout();
            };
            const [callback] = args;
            if (typeof callback === "function")
              return original.call(this, (error: unknown, ...rest: unknown[]) => {
                ended(error);
                (callback as ConnectCallback)(error, ...rest);
              });
            return observed(original.apply(this, args), ended);
          },
      );
      wrapMethod(
        prototype,
        "end",
        (original) =>
          function (this: unknown, ...args) {
            monitors.get(this as object)?.stop();
            return original.apply(this, args);
          },
      );
    },
  };
}

function watchUse(pool: PgPool, monitor: PoolMonitor): void {
  const borrowedAtMs = new WeakMap<object, number>();
  pool.on("acquire", (client: PgClient) => borrowedAtMs.set(client, monotonicMs()));
  pool.on("release", (_error: unknown, client: PgClient) => {
    const since = borrowedAtMs.get(client);
    if (since !== undefined) monitor.recordUse(monotonicMs() - since);
  });
}

/** By the conventions `address:port/database`; never a user's name or a password. */
function nameOf({ options }: PgPool): string {
  const { connectionString } = options;
  if (connectionString !== undefined && URL.canParse(connectionString)) {
    const url = new URL(connectionString);
    return poolName(url.hostname, url.port, url.pathname.slice(1));
  }
  return poolName(options.host, options.port, options.database);
}

function poolName(host = "localhost", port: number | string = 5432, database = ""): string {
  return poolNameOf({
    address: host === "" ? "localhost" : host,
    port: String(port === "" ? 5432 : port),
    namespace: database,
  });
}
