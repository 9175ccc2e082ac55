/**
 * The rate of counters whose series are born when something first happens (a block at a new place in the
 * code, the first answer with status 500). PromQL's `rate` never sees a series' first value, so a fault
 * that happened once would show as nothing. Here a series younger than the window counts with its whole
 * value, provided that its process was being scraped before the series came up, or has only just started:
 * an old process that Prometheus meets for the first time brings old totals, which are nobody's news.
 */
import { EVENTLOOP_METRICS, RUNTIME_METRICS } from "@loopscope/agent/catalog";
import { TARGET_LABELS } from "./metric-query.js";
import type { Vector } from "./vector.js";

/** Range of the rate, seconds. Four scrapes at the usual 15 s. */
const WINDOW_SECONDS = 60;

/** `vector` must be `rate(<one selector>[1m])`. */
export function countingFromBirth<L extends string>(vector: Vector<L>): Vector<L> {
  const selector = vector.selectors[0];
  if (selector === undefined || vector.promql !== `rate(${selector}[1m])`) {
    throw new TypeError(`countingFromBirth takes a plain rate over 1m, got ${vector.promql}`);
  }
  const target = `on (${TARGET_LABELS.join(", ")})`;
  const scrapedBefore = `${EVENTLOOP_METRICS.utilization.name} offset 1m`;
  const justStarted = `(time() - ${RUNTIME_METRICS.startTime.name}) < ${2 * WINDOW_SECONDS}`;
  const born = `(${selector} unless ${selector} offset 1m) and ${target} (${scrapedBefore} or ${target} ${justStarted})`;
  return {
    promql: `(${born}) / ${WINDOW_SECONDS} or rate(${selector}[1m])`,
    labels: vector.labels,
    selectors: [...vector.selectors, EVENTLOOP_METRICS.utilization.name, RUNTIME_METRICS.startTime.name],
  };
}

/** Series that did not exist a while ago: for an alert, where an old total new to Prometheus is news too. */
export function bornWithin<L extends string>(vector: Vector<L>, duration: "15m"): Vector<L> {
  const selector = vector.selectors[0] ?? "";
  return {
    promql: `${selector} unless ${selector} offset ${duration}`,
    labels: vector.labels,
    selectors: [selector],
  };
}
