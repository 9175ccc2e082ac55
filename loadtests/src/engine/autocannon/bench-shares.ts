/** Dividing a load among threads, and adding up what they did. */

import { mergedHistogram } from "../../measure/merged-histogram.js";
import type { NamedRequests } from "../engine.js";
import type { BenchOptions } from "./bench-options.js";

/** Each thread's part: connections and requests are divided, never multiplied. */
export function shares(options: BenchOptions): readonly BenchOptions[] {
  const part = (whole: number, index: number): number =>
    Math.floor(whole / options.workers) + (index < whole % options.workers ? 1 : 0);
  return Array.from({ length: options.workers }, (_, index) => ({
    ...options,
    workers: 1,
    connections: part(options.connections, index),
    amount: options.amount === null ? null : part(options.amount, index),
  }));
}

export function mergeNames(all: readonly NamedRequests[]): readonly NamedRequests[] {
  const byKey = groupByKey(all);
  return [...byKey.values()].map((parts) => {
    const byStatus: Record<string, number> = {};
    for (const part of parts) {
      for (const [status, count] of Object.entries(part.byStatus)) {
        byStatus[status] = (byStatus[status] ?? 0) + count;
      }
    }
    return {
      name: parts[0]?.name ?? "",
      method: parts[0]?.method ?? "",
      requests: parts.reduce((sum, part) => sum + part.requests, 0),
      failed: parts.reduce((sum, part) => sum + part.failed, 0),
      latency: mergedHistogram(parts.map((part) => part.latency)),
      byStatus,
    };
  });
}

function groupByKey(all: readonly NamedRequests[]): Map<string, NamedRequests[]> {
  const groups = new Map<string, NamedRequests[]>();
  for (const named of all) {
    const key = `${named.method} ${named.name}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [named]);
    else group.push(named);
  }
  return groups;
}
