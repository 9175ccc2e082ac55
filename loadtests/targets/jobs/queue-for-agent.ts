import { monitorQueue, snapshot } from "@loopscope/agent";
import type { JobService } from "./job-service.js";

type QueueMonitor = ReturnType<typeof monitorQueue>;

/**
 * Shows the queue to Loopscope's agent where one runs; without it the service runs all the same. In Redis
 * the agent finds the queue by itself, under the same name: ours takes its place, since it knows the bound
 * and the outcomes.
 */
export function showQueueToAgent(name: string, service: JobService): QueueMonitor | null {
  if (snapshot() === undefined) return null;
  return monitorQueue(name, {
    length: () => service.queue.length,
    capacity: () => service.queue.capacity,
    activeWorkers: () => service.activeWorkers,
  });
}
