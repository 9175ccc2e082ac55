import type { ServiceFigures } from "./service-figures.js";

export interface Alert {
  readonly id: string;
  readonly level: "warning" | "critical";
  readonly message: string;
  /** Since when it holds, milliseconds since the Unix epoch. */
  readonly since: number;
}

interface AlertRule {
  readonly id: string;
  /** The figure that is watched; null: not measured this second, so the rule is silent. */
  readonly figure: (figures: ServiceFigures) => number | null;
  readonly warningAbove: number;
  readonly criticalAbove: number;
  readonly message: (value: number, figures: ServiceFigures) => string;
}

const percent = (share: number) => `${Math.round(share * 100)} %`;

/**
 * When somebody should look. The limits are guesses that suit a small service: set yours by your
 * objectives.
 */
const ALERT_RULES: readonly AlertRule[] = [
  {
    id: "event-loop-delay",
    figure: (figures) => figures.eventLoopDelayP99Ms,
    warningAbove: 50,
    criticalAbove: 200,
    message: (ms, { lastBlock }) =>
      `event-loop delay p99 is ${Math.round(ms)} ms${lastBlock === null ? "" : `: ${lastBlock}`}`,
  },
  {
    id: "event-loop-utilization",
    figure: (figures) => figures.eventLoopUtilization,
    warningAbove: 0.8,
    criticalAbove: 0.95,
    message: (share) => `the event loop is ${percent(share)} busy`,
  },
  {
    id: "heap",
    figure: (figures) => figures.heapUsedBytes / figures.heapLimitBytes,
    warningAbove: 0.7,
    criticalAbove: 0.9,
    message: (share) => `the heap is ${percent(share)} full`,
  },
  {
    id: "request-p95",
    figure: (figures) => figures.requestP95Ms,
    warningAbove: 250,
    criticalAbove: 1_000,
    message: (ms) => `p95 of requests is ${Math.round(ms)} ms`,
  },
  {
    id: "request-errors",
    figure: (figures) => figures.requestErrors,
    warningAbove: 0,
    criticalAbove: 10,
    message: (count) => `${count} requests failed within a second`,
  },
];

/** The alerts that hold now. @param before those that held a second ago, for `since`. */
export function currentAlerts(figures: ServiceFigures, before: readonly Alert[]): Alert[] {
  return ALERT_RULES.flatMap((rule): Alert[] => {
    const value = rule.figure(figures);
    if (value === null || value <= rule.warningAbove) return [];
    const level = value > rule.criticalAbove ? "critical" : "warning";
    const since = before.find((alert) => alert.id === rule.id)?.since ?? figures.at;
    return [{ id: rule.id, level, message: rule.message(value, figures), since }];
  });
}
