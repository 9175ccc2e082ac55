import { type DurationSummary, LogLinearHistogram, type RouteFrame } from "@loopscope/agent/catalog";

/** Routes kept apart; the agent itself bounds them. */
const MAX_ROUTES = 200;

interface RouteTotal {
  readonly method: string;
  readonly route: string;
  requests: number;
  errors: number;
  count: number;
  sumMs: number;
  maxMs: number | null;
  seconds: number;
  last: DurationSummary;
  /** Null as soon as one frame came without a histogram: half a distribution is none. */
  histogram: LogLinearHistogram | null;
}

/** Adds up the routes of many frames. Percentiles come from histograms, or from a single frame, or not at all. */
export class RouteTotals {
  readonly #totals = new Map<string, RouteTotal>();

  add(frames: readonly RouteFrame[]): void {
    for (const frame of frames) {
      const key = `${frame.method} ${frame.route}`;
      const total = this.#totals.get(key) ?? emptyTotal(frame);
      if (!this.#totals.has(key)) {
        if (this.#totals.size >= MAX_ROUTES) continue;
        this.#totals.set(key, total);
      }
      total.requests += frame.requests;
      total.errors += frame.errors;
      total.count += frame.duration.count;
      total.sumMs += (frame.duration.meanMs ?? 0) * frame.duration.count;
      if (frame.duration.maxMs !== null) total.maxMs = Math.max(total.maxMs ?? 0, frame.duration.maxMs);
      if (frame.duration.count > 0) {
        total.seconds += 1;
        total.last = frame.duration;
      }
      if (frame.durationHistogram === undefined) total.histogram = null;
      else total.histogram?.addSnapshot(frame.durationHistogram);
    }
  }

  /** Busiest first. */
  toFrames(): readonly RouteFrame[] {
    return [...this.#totals.values()]
      .sort((a, b) => b.requests - a.requests)
      .map((total) => ({
        method: total.method,
        route: total.route,
        requests: total.requests,
        errors: total.errors,
        duration: summaryOf(total),
      }));
  }
}

function emptyTotal(frame: RouteFrame): RouteTotal {
  return {
    method: frame.method,
    route: frame.route,
    requests: 0,
    errors: 0,
    count: 0,
    sumMs: 0,
    maxMs: null,
    seconds: 0,
    last: frame.duration,
    histogram: frame.durationHistogram === undefined ? null : new LogLinearHistogram(),
  };
}

function summaryOf(total: RouteTotal): DurationSummary {
  const { histogram } = total;
  if (histogram === null && total.seconds === 1) return total.last;
  const quantileMs = (fraction: number): number | null =>
    histogram === null || histogram.count === 0 ? null : histogram.quantile(fraction) / 1000;
  return {
    count: total.count,
    meanMs: total.count === 0 ? null : total.sumMs / total.count,
    p50Ms: quantileMs(0.5),
    p90Ms: quantileMs(0.9),
    p95Ms: quantileMs(0.95),
    p99Ms: quantileMs(0.99),
    maxMs: total.maxMs,
  };
}
