/** Every library that is measured without code: a new one is one file and one line here. */

import type { DownstreamCalls } from "../downstream/downstream-calls";
import { besideHook } from "../es-module-libraries";
import type { HookedPackage, ModuleHook } from "../module-hooks";
import type { LibraryParts } from "./library-hook";

export interface MeasuredLibraries extends LibraryParts {
  readonly downstream: DownstreamCalls;
}

/** Each file is loaded with its library: most applications use few. */
export function libraryHooks(parts: MeasuredLibraries): readonly HookedPackage[] {
  const { guard, downstream } = parts;
  const to = (packageName: string, hook: () => ModuleHook): HookedPackage => ({ packageName, hook });
  return [
    to("pg-pool", () => (require("./pg-pool") as typeof import("./pg-pool")).pgPoolHook(parts)),
    to("pg", () => (require("./pg-client") as typeof import("./pg-client")).pgClientHook(guard, downstream)),
    to("mysql2", () => (require("./mysql2-pool") as typeof import("./mysql2-pool")).mysql2PoolHook(parts)),
    to("mysql2", () =>
      (require("./mysql2-connection") as typeof import("./mysql2-connection")).mysql2ConnectionHook(
        guard,
        downstream,
      ),
    ),
    to("ioredis", () =>
      (require("./ioredis-client") as typeof import("./ioredis-client")).ioredisHook(guard, downstream),
    ),
    to("@redis/client", () =>
      (require("./node-redis-client") as typeof import("./node-redis-client")).nodeRedisHook(
        guard,
        downstream,
      ),
    ),
    to("@redis/client", () =>
      (require("./node-redis-pool") as typeof import("./node-redis-pool")).nodeRedisPoolHook(parts),
    ),
    to("piscina", () => (require("./piscina-pool") as typeof import("./piscina-pool")).piscinaHook(parts)),
    to("bullmq", () => (require("./bullmq-queue") as typeof import("./bullmq-queue")).bullmqHook(parts)),
    to("opossum", () =>
      (require("./opossum-breaker") as typeof import("./opossum-breaker")).opossumHook(parts),
    ),
    to("cockatiel", () =>
      (require("./cockatiel-policies") as typeof import("./cockatiel-policies")).cockatielHook(parts),
    ),
    to("p-queue", () => (require("./p-queue-tasks") as typeof import("./p-queue-tasks")).pQueueHook(parts)),
    to("ws", () => (require("./ws-connections") as typeof import("./ws-connections")).wsHook(parts)),
    besideHook("p-queue", "eventemitter3", guard),
  ];
}
