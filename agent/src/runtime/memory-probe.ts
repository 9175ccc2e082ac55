import { getHeapSpaceStatistics, getHeapStatistics, type HeapSpaceInfo } from "node:v8";
import type { Frame } from "../catalog/frame";
import type { MetricDefinition } from "../catalog/metric-definition";
import { RUNTIME_METRICS } from "../catalog/runtime-metrics";
import type { MetricFamily, ScalarSample } from "../quantiles/metric-samples";
import { scalarFamily } from "../quantiles/metric-samples";
import type { HeapFloors } from "./heap-growth";

/** Bytes, at the moment of reading. */
export type MemoryReading = Omit<Frame["memory"], "heapFloorBytes">;

/** Costs some 30 µs on Linux, most of it for the resident set, which Node reads from /proc. */
export function readMemory(): MemoryReading {
  const usage = process.memoryUsage();
  return {
    rssBytes: usage.rss,
    heapUsedBytes: usage.heapUsed,
    heapTotalBytes: usage.heapTotal,
    heapLimitBytes: getHeapStatistics().heap_size_limit,
    externalBytes: usage.external,
    arrayBuffersBytes: usage.arrayBuffers,
  };
}

export function memoryFamilies(floors: HeapFloors): readonly MetricFamily[] {
  return [
    scalarFamily(RUNTIME_METRICS.heapFloor, () => floors.latestBytes),
    scalarFamily(RUNTIME_METRICS.heapGrowth, () => floors.judge().bytesPerSecond ?? Number.NaN),
    heapSpaceFamily(RUNTIME_METRICS.heapUsed, (space) => space.space_used_size),
    heapSpaceFamily(RUNTIME_METRICS.heapSpaceSize, (space) => space.space_size),
    heapSpaceFamily(RUNTIME_METRICS.heapSpaceAvailable, (space) => space.space_available_size),
    heapSpaceFamily(RUNTIME_METRICS.heapSpacePhysical, (space) => space.physical_space_size),
    scalarFamily(RUNTIME_METRICS.heapLimit, () => getHeapStatistics().heap_size_limit),
    scalarFamily(RUNTIME_METRICS.external, () => process.memoryUsage().external),
    scalarFamily(RUNTIME_METRICS.arrayBuffers, () => process.memoryUsage().arrayBuffers),
    scalarFamily(RUNTIME_METRICS.residentMemory, () => process.memoryUsage.rss()),
  ];
}

function heapSpaceFamily(definition: MetricDefinition, read: (space: HeapSpaceInfo) => number): MetricFamily {
  return {
    definition,
    collect: (): readonly ScalarSample[] =>
      getHeapSpaceStatistics().map((space) => ({ labels: [space.space_name], value: read(space) })),
  };
}
