/** Alerts on what is missing: a service that cannot be scraped, an agent that is gone, an agent in trouble. */

import { AGENT_METRICS, RUNTIME_METRICS } from "@loopscope/agent/catalog";
import { bornWithin } from "../promql/born-rate.js";
import {
  countBy,
  exceptWhere,
  filter,
  maxBy,
  onlyWhere,
  orElse,
  sumBy,
  type Vector,
} from "../promql/vector.js";
import type { AlertingRule } from "./alerting-rule.js";
import { ruleQueries } from "./rule-scope.js";

// Not by service_name: the agent's info metric has a label of that name, which `up` need not have.
const BY_JOB = ["job"] as const;
const BY_INSTANCE = ["job", "instance"] as const;

/** Prometheus' own word on whether the last scrape worked. */
const up: Vector<(typeof BY_INSTANCE)[number]> = { promql: "up", labels: BY_INSTANCE, selectors: ["up"] };

const seenLately = maxBy(BY_INSTANCE, ruleQueries.maxOverTime(AGENT_METRICS.info, "1h"));

const errorIncrease = ruleQueries.increase(AGENT_METRICS.errors, "15m");

export const PRESENCE_ALERTS: readonly AlertingRule[] = [
  {
    alert: "LoopscopeTargetDown",
    severity: "page",
    expression: onlyWhere(filter(maxBy(BY_INSTANCE, up), "== 0"), BY_INSTANCE, seenLately),
    for: "2m",
    summary: "{{ $labels.instance }} of {{ $labels.job }} no longer answers scrapes",
    runbook:
      "The agent's endpoint answered within the last hour and no longer does. The endpoint has a thread of its own and answers also while the event loop is blocked, so the process or its machine is gone, or the network between.",
    dashboard: "loopscope-fleet",
  },
  {
    alert: "LoopscopeAgentAbsent",
    severity: "ticket",
    expression: exceptWhere(
      countBy(BY_JOB, ruleQueries.maxOverTime(AGENT_METRICS.info, "6h")),
      BY_JOB,
      countBy(BY_JOB, ruleQueries.gauge(AGENT_METRICS.info)),
    ),
    for: "10m",
    summary: "No instance of {{ $labels.job }} has the agent any more",
    runbook:
      "The service had the agent within the last six hours, and no instance has it now: its dashboards are blind. Look whether NODE_OPTIONS or --require @loopscope/agent/register got lost in a deployment, or whether Prometheus lost the target.",
    dashboard: "loopscope-fleet",
  },
  {
    alert: "LoopscopeAgentErrors",
    severity: "ticket",
    expression: filter(
      sumBy([...BY_INSTANCE, "part"], orElse(bornWithin(errorIncrease, "15m"), errorIncrease)),
      "> 0",
    ),
    for: "0s",
    summary: "The agent's part {{ $labels.part }} failed in {{ $labels.instance }}",
    runbook:
      "A part of the agent threw and was caught; the service is not affected, but figures of that part may be missing. The first error is in the process' warnings.",
    dashboard: "loopscope-event-loop",
  },
  {
    alert: "LoopscopeRestartLoop",
    severity: "page",
    expression: filter(maxBy(BY_INSTANCE, ruleQueries.changes(RUNTIME_METRICS.startTime, "15m")), "> 2"),
    for: "0s",
    summary: "{{ $labels.instance }} of {{ $labels.job }} started {{ $value }} times within 15 minutes",
    runbook:
      "The process keeps ending. Look at its last output and at its memory against the limit before each end.",
    dashboard: "loopscope-fleet",
  },
];
