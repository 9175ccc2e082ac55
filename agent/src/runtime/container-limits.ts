/** What the container allows and takes away: cgroup version 2, else version 1, else nothing. Linux only. */

import { readFileSync } from "node:fs";
import path from "node:path";
import { RUNTIME_METRICS } from "../catalog/runtime-metrics";
import { type MetricFamily, scalarFamily } from "../quantiles/metric-samples";

const ROOT = "/sys/fs/cgroup";
/** Version 1 says "no limit" with a number near 2^63. */
const NO_LIMIT_BYTES = 2 ** 60;

export interface ContainerFiles {
  readonly cpuStat: string;
  readonly memoryLimit: string;
}

/** The limit in force is the tightest on the way up; inside a container the root of its view is that. */
export function containerFamilies(): readonly MetricFamily[] {
  const candidates = containerFiles(readText("/proc/self/cgroup") ?? "");
  return [
    scalarFamily(RUNTIME_METRICS.cpuThrottled, () =>
      firstOf(candidates, ({ cpuStat }) => throttledSeconds(readText(cpuStat) ?? "")),
    ),
    scalarFamily(RUNTIME_METRICS.memoryLimit, () =>
      firstOf(candidates, ({ memoryLimit }) => limitBytes(readText(memoryLimit) ?? "")),
    ),
  ];
}

/** @param membership text of /proc/self/cgroup. Own group first, then the root of what the container sees. */
export function containerFiles(membership: string): readonly ContainerFiles[] {
  const folders: ContainerFiles[] = [];
  for (const line of membership.split("\n")) {
    const [, controllers, group] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers !== "" || group === undefined) continue;
    for (const folder of new Set([path.join(ROOT, group), ROOT]))
      folders.push({ cpuStat: `${folder}/cpu.stat`, memoryLimit: `${folder}/memory.max` });
  }
  folders.push({
    cpuStat: `${ROOT}/cpu/cpu.stat`,
    memoryLimit: `${ROOT}/memory/memory.limit_in_bytes`,
  });
  return folders;
}

/** From cpu.stat: `throttled_usec` of version 2, `throttled_time` (nanoseconds) of version 1. */
export function throttledSeconds(cpuStat: string): number | null {
  const microseconds = /^throttled_usec (\d+)$/m.exec(cpuStat)?.[1];
  if (microseconds !== undefined) return Number(microseconds) / 1e6;
  const nanoseconds = /^throttled_time (\d+)$/m.exec(cpuStat)?.[1];
  return nanoseconds === undefined ? null : Number(nanoseconds) / 1e9;
}

/** From memory.max or memory.limit_in_bytes; null: no limit. */
export function limitBytes(text: string): number | null {
  const bytes = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  return Number.isNaN(bytes) || bytes >= NO_LIMIT_BYTES ? null : bytes;
}

function firstOf(
  candidates: readonly ContainerFiles[],
  read: (files: ContainerFiles) => number | null,
): number | null {
  for (const candidate of candidates) {
    const value = read(candidate);
    if (value !== null) return value;
  }
  return null;
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
