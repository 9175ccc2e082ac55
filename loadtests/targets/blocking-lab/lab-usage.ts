/** What the work cost so far, as the process itself counts it. */

import { performance } from "node:perf_hooks";
import type { FastifyInstance } from "fastify";

export interface LabUsage {
  /** Requests answered since the start, this one left out. */
  readonly served: number;
  /** Processor time of all threads, milliseconds. */
  readonly cpuMs: number;
  readonly rssBytes: number;
  /** Time in which the event loop was not idle, milliseconds. */
  readonly loopActiveMs: number;
  /** When this was counted, milliseconds of a clock of the process's own. */
  readonly atMs: number;
}

export function addUsageRoute(app: FastifyInstance): void {
  let served = 0;
  app.addHook("onResponse", async (request) => {
    if (request.routeOptions.url !== "/usage") served++;
  });
  app.get("/usage", async (): Promise<LabUsage> => {
    const { user, system } = process.cpuUsage();
    return {
      served,
      cpuMs: (user + system) / 1000,
      rssBytes: process.memoryUsage.rss(),
      loopActiveMs: performance.eventLoopUtilization().active,
      atMs: performance.now(),
    };
  });
}
