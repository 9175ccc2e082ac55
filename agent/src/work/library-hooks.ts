/** Every library that is measured without code: a new one is one file and one line here. */

import type { DownstreamCalls } from "../downstream/downstream-calls";
import { besideHook } from "../es-module-libraries";
import type { ModuleHook } from "../module-hooks";
import { bullmqHook } from "./bullmq-queue";
import { cockatielHook } from "./cockatiel-policies";
import { ioredisHook } from "./ioredis-client";
import type { LibraryParts } from "./library-hook";
import { mysql2ConnectionHook } from "./mysql2-connection";
import { mysql2PoolHook } from "./mysql2-pool";
import { nodeRedisHook } from "./node-redis-client";
import { nodeRedisPoolHook } from "./node-redis-pool";
import { opossumHook } from "./opossum-breaker";
import { pQueueHook } from "./p-queue-tasks";
import { pgClientHook } from "./pg-client";
import { pgPoolHook } from "./pg-pool";
import { piscinaHook } from "./piscina-pool";
import { wsHook } from "./ws-connections";

export interface MeasuredLibraries extends LibraryParts {
  readonly downstream: DownstreamCalls;
}

export function libraryHooks(parts: MeasuredLibraries): readonly ModuleHook[] {
  const { guard, downstream } = parts;
  return [
    pgPoolHook(parts),
    pgClientHook(guard, downstream),
    mysql2PoolHook(parts),
    mysql2ConnectionHook(guard, downstream),
    ioredisHook(guard, downstream),
    nodeRedisHook(guard, downstream),
    nodeRedisPoolHook(parts),
    piscinaHook(parts),
    bullmqHook(parts),
    opossumHook(parts),
    cockatielHook(parts),
    pQueueHook(parts),
    wsHook(parts),
    besideHook("p-queue", "eventemitter3", guard),
  ];
}
