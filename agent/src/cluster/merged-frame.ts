/** The frames of several processes as one: flows of the same second added, states as each process told them last. */

import type {
  DownstreamFrame,
  DurationSummary,
  Frame,
  PoolFrame,
  QueueFrame,
  RouteFrame,
} from "../catalog/frame";
import type { HistogramSnapshot } from "../catalog/log-linear-histogram";
import { laidTogether } from "../quantiles/distribution-readings";
import { summarizeDurations } from "../quantiles/duration-summary";

/** As many routes and downstream services as one process lists. */
const MAX_LISTED = 20;

/** What one process told. */
export interface ProcessFrames {
  /** Its last frame: for what it holds right now. */
  readonly latest: Frame;
  /** Those that came since the merged frame before: none while it is blocked, two after that. */
  readonly fresh: readonly Frame[];
}

/**
 * @param lead the process whose clock, sequence and identity the merged frame has.
 * @param others the other processes of the cluster.
 */
export function mergedFrame(lead: Frame, others: readonly ProcessFrames[]): Frame {
  const latest = [lead, ...others.map((one) => one.latest)];
  const fresh = [lead, ...others.flatMap((one) => one.fresh)];
  const delays = fresh.map((frame) => frame.eventLoop.delayHistogram);
  return {
    ...lead,
    processes: latest.length,
    eventLoop: {
      ...distributed("delay", delays),
      utilization: Math.max(...fresh.map((frame) => frame.eventLoop.utilization)),
      blocks: sum(fresh, (frame) => frame.eventLoop.blocks),
      blockedMs: sum(fresh, (frame) => frame.eventLoop.blockedMs),
    },
    http: mergedHttp(latest, fresh),
    memory: mergedMemory(latest),
    gc: mergedCollections(fresh),
    cpu: {
      userCores: sum(fresh, (frame) => frame.cpu.userCores * frame.windowMs) / lead.windowMs,
      systemCores: sum(fresh, (frame) => frame.cpu.systemCores * frame.windowMs) / lead.windowMs,
      runQueueMs: sumOrNull(fresh.map((frame) => frame.cpu.runQueueMs ?? null)),
    },
    threadPool: { delayMs: largestOrNull(fresh.map((frame) => frame.threadPool.delayMs)) },
    queues: mergedByName(latest, fresh, (frame) => frame.queues, mergedQueue),
    pools: mergedByName(latest, fresh, (frame) => frame.pools, mergedPool),
    downstream: mergedByName(latest, fresh, (frame) => frame.downstream ?? [], mergedDownstream)
      .sort((a, b) => b.calls - a.calls)
      .slice(0, MAX_LISTED),
  };
}

function mergedHttp(latest: readonly Frame[], fresh: readonly Frame[]): Frame["http"] {
  const routes = new Map<string, RouteFrame[]>();
  for (const frame of fresh) {
    for (const route of frame.http.byRoute) {
      const key = `${route.method} ${route.route}`;
      routes.set(key, [...(routes.get(key) ?? []), route]);
    }
  }
  const byRoute = [...routes.values()].map(mergedRoute).sort((a, b) => b.requests - a.requests);
  return {
    active: sum(latest, (frame) => frame.http.active),
    requests: sum(fresh, (frame) => frame.http.requests),
    errors: sum(fresh, (frame) => frame.http.errors),
    aborted: sum(fresh, (frame) => frame.http.aborted),
    ...distributed(
      "duration",
      fresh.map((frame) => frame.http.durationHistogram),
    ),
    byRoute: byRoute.slice(0, MAX_LISTED),
  };
}

function mergedRoute(same: readonly RouteFrame[]): RouteFrame {
  const [first] = same as readonly [RouteFrame];
  return {
    method: first.method,
    route: first.route,
    requests: sum(same, (route) => route.requests),
    errors: sum(same, (route) => route.errors),
    ...distributed("duration", present(same.map((route) => route.durationHistogram))),
  };
}

function mergedMemory(latest: readonly Frame[]): Frame["memory"] {
  const total = (key: Exclude<keyof Frame["memory"], "heapFloorBytes">) =>
    sum(latest, (frame) => frame.memory[key]);
  const floors = present(latest.map((frame) => frame.memory.heapFloorBytes ?? undefined));
  return {
    rssBytes: total("rssBytes"),
    heapUsedBytes: total("heapUsedBytes"),
    heapTotalBytes: total("heapTotalBytes"),
    heapLimitBytes: total("heapLimitBytes"),
    externalBytes: total("externalBytes"),
    arrayBuffersBytes: total("arrayBuffersBytes"),
    // A sum over some would leap, as if memory grew, when the others learn theirs.
    heapFloorBytes: floors.length === latest.length ? sum(floors, (floor) => floor) : null,
  };
}

function mergedCollections(fresh: readonly Frame[]): Frame["gc"] {
  const pauseMsByKind: Record<string, number> = {};
  for (const { gc } of fresh)
    for (const [kind, ms] of Object.entries(gc.pauseMsByKind))
      pauseMsByKind[kind] = (pauseMsByKind[kind] ?? 0) + ms;
  return {
    collections: sum(fresh, (frame) => frame.gc.collections),
    pauseMs: sum(fresh, (frame) => frame.gc.pauseMs),
    maxPauseMs: Math.max(...fresh.map((frame) => frame.gc.maxPauseMs)),
    pauseMsByKind,
  };
}

function mergedQueue(now: readonly QueueFrame[], ended: readonly QueueFrame[]): QueueFrame {
  const [first] = now as readonly [QueueFrame];
  const lengths = now.map((queue) => queue.length);
  return {
    name: first.name,
    length: first.shared === true ? Math.max(...lengths) : sum(lengths, (length) => length),
    capacity: sumOrNull(now.map((queue) => queue.capacity)),
    activeWorkers: sum(now, (queue) => queue.activeWorkers),
    completed: sum(ended, (queue) => queue.completed),
    failed: sum(ended, (queue) => queue.failed),
    timedOut: sum(ended, (queue) => queue.timedOut),
    rejected: sum(ended, (queue) => queue.rejected),
    ...(first.shared === true ? { shared: true } : {}),
    ...distributed("wait", present(ended.map((queue) => queue.waitHistogram))),
    ...distributed("task", present(ended.map((queue) => queue.taskHistogram))),
  };
}

function mergedPool(now: readonly PoolFrame[], ended: readonly PoolFrame[]): PoolFrame {
  const [first] = now as readonly [PoolFrame];
  return {
    name: first.name,
    used: sum(now, (pool) => pool.used),
    idle: sum(now, (pool) => pool.idle),
    max: sumOrNull(now.map((pool) => pool.max)),
    pending: sum(now, (pool) => pool.pending),
    timeouts: sum(ended, (pool) => pool.timeouts),
    ...distributed("wait", present(ended.map((pool) => pool.waitHistogram))),
  };
}

function mergedDownstream(
  now: readonly DownstreamFrame[],
  ended: readonly DownstreamFrame[],
): DownstreamFrame {
  const [first] = now as readonly [DownstreamFrame];
  return {
    kind: first.kind,
    name: first.name,
    calls: sum(ended, (one) => one.calls),
    errors: sum(ended, (one) => one.errors),
    inFlight: sum(now, (one) => one.inFlight),
    oldestMs: largestOrNull(now.map((one) => one.oldestMs)),
    // Of one process at least: whether two of them asked the same at the same moment nobody knows.
    mostAlike: Math.max(0, ...ended.map((one) => one.mostAlike)),
    ...distributed("duration", present(ended.map((one) => one.durationHistogram))),
  };
}

/** Pairs what has one name in several processes. What only ended and is not there any more is left out. */
function mergedByName<T extends { readonly name: string }>(
  latest: readonly Frame[],
  fresh: readonly Frame[],
  read: (frame: Frame) => readonly T[],
  merge: (now: readonly T[], ended: readonly T[]) => T,
): T[] {
  const nowAll = latest.flatMap(read);
  const endedAll = fresh.flatMap(read);
  return [...new Set(nowAll.map((one) => one.name))].map((name) =>
    merge(
      nowAll.filter((one) => one.name === name),
      endedAll.filter((one) => one.name === name),
    ),
  );
}

/** A summary and the histogram that it was read off: `delay` and `delayHistogram`. */
function distributed<const N extends string>(
  name: N,
  histograms: readonly HistogramSnapshot[],
): { readonly [K in N]: DurationSummary } & { readonly [K in `${N}Histogram`]: HistogramSnapshot } {
  const all = laidTogether(histograms);
  return { [name]: summarizeDurations(all), [`${name}Histogram`]: all.snapshot() } as ReturnType<
    typeof distributed<N>
  >;
}

function sum<T>(values: readonly T[], read: (value: T) => number): number {
  return values.reduce((total, value) => total + read(value), 0);
}

/** Null when one of them is: a sum over some of them would be too small. */
function sumOrNull(values: readonly (number | null)[]): number | null {
  return values.reduce((total, value) => (total === null || value === null ? null : total + value), 0);
}

function largestOrNull(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function present<T>(values: readonly (T | undefined)[]): readonly T[] {
  return values.filter((value) => value !== undefined);
}
