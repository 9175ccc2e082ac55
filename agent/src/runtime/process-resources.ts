/** What the process holds and waits for: file descriptors, resources of the loop, the scheduler's queue. */

import { readdirSync, readFileSync } from "node:fs";
import { RUNTIME_METRICS } from "../catalog/runtime-metrics";
import { type MetricFamily, scalarFamily } from "../quantiles/metric-samples";
import { runQueueSeconds } from "./run-queue-wait";

export function processResourceFamilies(): readonly MetricFamily[] {
  return [
    {
      definition: RUNTIME_METRICS.activeResources,
      collect: () =>
        [...countsByName(process.getActiveResourcesInfo())].map(([type, value]) => ({
          labels: [type],
          value,
        })),
    },
    scalarFamily(RUNTIME_METRICS.openFileDescriptors, openFileDescriptors),
    scalarFamily(RUNTIME_METRICS.maxFileDescriptors, maxFileDescriptors),
    scalarFamily(RUNTIME_METRICS.runQueueWait, runQueueSeconds),
  ];
}

function countsByName(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** Listing them opens one more, which does not count. */
function openFileDescriptors(): number | null {
  try {
    return readdirSync("/proc/self/fd").length - 1;
  } catch {
    return null;
  }
}

function maxFileDescriptors(): number | null {
  const soft = /^Max open files\s+(\d+)/m.exec(readText("/proc/self/limits"))?.[1];
  return soft === undefined ? null : Number(soft);
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
