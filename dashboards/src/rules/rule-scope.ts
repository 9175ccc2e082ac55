import { MetricQueries, type Scope } from "../promql/metric-query.js";

/**
 * Rules read every series there is. The range of one minute holds four scrapes at the usual 15 s: short
 * enough to show a load run, long enough to survive a missed scrape.
 */
export const RULE_SCOPE: Scope = { matchers: {}, window: "1m" };

/** How often the rules are evaluated, seconds. Totals over time are sums of what was recorded, times this. */
export const RULE_INTERVAL_SECONDS = 15;

export const ruleQueries = new MetricQueries(RULE_SCOPE);
