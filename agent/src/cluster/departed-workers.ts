/**
 * What workers counted that have gone since. Without it the cluster's totals would fall when one of them ends, and
 * Prometheus takes a falling counter for one that began anew: the rate would leap.
 */

import { definitionByName } from "../export/definition-by-name";
import type { MetricSamples } from "../quantiles/metric-samples";
import { mergedMetrics } from "./merged-metrics";

/** Label sets kept for one metric: workers that come and go must not grow the memory of those that stay. */
const MAX_SERIES = 5000;

export class DepartedWorkers {
  #counted: readonly MetricSamples[] = [];

  /** What they counted in all: counters and histograms. */
  get counted(): readonly MetricSamples[] {
    return this.#counted;
  }

  /**
   * @param last what the worker said when it was last asked; what it counted after that is lost.
   * @returns label sets that found no room.
   */
  add(last: readonly MetricSamples[]): number {
    let dropped = 0;
    this.#counted = mergedMetrics([this.#counted, last.filter(isCounted)]).map(({ name, samples }) => {
      dropped += Math.max(0, samples.length - MAX_SERIES);
      return { name, samples: samples.slice(0, MAX_SERIES) };
    });
    return dropped;
  }
}

function isCounted({ name }: MetricSamples): boolean {
  const definition = definitionByName(name);
  return definition !== undefined && definition.type !== "gauge" && (definition.across ?? "sum") === "sum";
}
