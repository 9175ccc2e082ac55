/** How dashboards read metrics and recorded rules: within what the reader chose from the dashboard's variables. */
import type { VariableName } from "../panels/panel-specification.js";
import { type Matchers, MetricQueries, type Scope } from "../promql/metric-query.js";
import { type RecordingRule, recorded, recordedSumOverTime } from "../promql/recorded.js";
import { scale, type Vector } from "../promql/vector.js";
import { RULE_INTERVAL_SECONDS } from "../rules/rule-scope.js";

const TARGET_MATCHERS: Matchers<string> = {
  job: '=~"$job"',
  instance: '=~"$instance"',
  service_name: '=~"$service"',
};

const VARIABLE_MATCHERS: Readonly<Record<VariableName, Matchers<string>>> = {
  route: { http_route: '=~"$route"' },
  queue: { queue: '=~"$queue"' },
  pool: { db_client_connection_pool_name: '=~"$pool"' },
  testid: {},
  latency_threshold: {},
};

/** The labels that tell one instance of one service from another. */
export const BY_INSTANCE = ["job", "service_name", "instance"] as const;

export interface DashboardQueries {
  readonly metrics: MetricQueries;
  /** What a rule recorded. A rule that keeps no `instance` cannot be narrowed to one. */
  recorded<L extends string>(rule: RecordingRule<L>, matchers?: Matchers<NoInfer<L>>): Vector<L>;
  /** A recorded rate, summed up over the dashboard's whole range. */
  totalOverRange<L extends string>(rule: RecordingRule<L>): Vector<L>;
}

export function dashboardQueries(variables: readonly VariableName[]): DashboardQueries {
  const chosen = variables.map((name) => VARIABLE_MATCHERS[name]);
  const scope: Scope = {
    matchers: Object.assign({}, TARGET_MATCHERS, ...chosen),
    window: "$__rate_interval",
  };
  return {
    metrics: new MetricQueries(scope),
    recorded: (rule, matchers = {}) => recorded(rule, scope, matchers),
    totalOverRange: (rule) =>
      scale(recordedSumOverTime(rule, scope, "$__range"), `* ${RULE_INTERVAL_SECONDS}`),
  };
}

/** A load run's own metrics: pushed, so they have no job and no instance, only the run that is chosen. */
export const loadQueries = new MetricQueries({
  matchers: { testid: '=~"$testid"' },
  window: "$__rate_interval",
});

/** A level that does not move: an objective, a threshold of the run. */
export function line(value: number | "$latency_threshold"): Vector<never> {
  return { promql: `vector(${value})`, labels: [], selectors: [] };
}
