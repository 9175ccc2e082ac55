/** Every alert. Each has a test that it fires and a test that it stays silent. */
import { EVENTLOOP_METRICS, RUNTIME_METRICS, WORK_METRICS } from "@loopscope/agent/catalog";
import { LIMITS } from "../objectives.js";
import { bucketBound } from "../promql/metric-query.js";
import { recorded } from "../promql/recorded.js";
import {
  divide,
  filter,
  histogramQuantile,
  maxBy,
  onlyWhere,
  scale,
  subtract,
  sumBy,
  type Vector,
} from "../promql/vector.js";
import type { AlertingRule } from "./alerting-rule.js";
import { EVENTLOOP_RULES } from "./eventloop-recording-rules.js";
import { OBJECTIVE_ALERTS } from "./objective-alerts.js";
import { PRESENCE_ALERTS } from "./presence-alerts.js";
import { RULE_SCOPE, ruleQueries } from "./rule-scope.js";
import { WORK_RULES } from "./work-recording-rules.js";

const BY_INSTANCE = ["job", "service_name", "instance"] as const;
const BY_POOL = ["job", "service_name", "db_client_connection_pool_name"] as const;
const EVENT_LOOP = "loopscope-event-loop";
const MEMORY = "loopscope-memory";
const WORK = "loopscope-work";

const longBlocks = subtract(
  sumBy(
    ["job", "service_name", "cause"],
    recorded(EVENTLOOP_RULES.causeBlockBuckets, RULE_SCOPE, { le: '="+Inf"' }),
  ),
  sumBy(
    ["job", "service_name", "cause"],
    recorded(EVENTLOOP_RULES.causeBlockBuckets, RULE_SCOPE, {
      le: bucketBound(EVENTLOOP_METRICS.blockDuration, LIMITS.longBlockSeconds),
    }),
  ),
);

const BLOCKING_ALERTS: readonly AlertingRule[] = [
  {
    alert: "LoopscopeEventLoopBlocked",
    severity: "page",
    expression: filter(recorded(EVENTLOOP_RULES.siteBlocked, RULE_SCOPE), `> ${LIMITS.blockedShare}`),
    for: "5m",
    summary:
      "{{ $labels.function }} ({{ $labels.file }}:{{ $labels.line }}) blocks the event loop of {{ $labels.job }} for {{ $value | humanizePercentage }} of the time, in {{ $labels.http_route }}",
    runbook: `For five minutes one place in the code has held the event loop for more than ${LIMITS.blockedShare * 100} % of the time, summed over the instances. Every request waits for it, not only those of the route named. The cause is \`{{ $labels.cause }}\`.

1. Open the dashboard: who blocks, since when, and which routes wait.
2. If it began with a deployment, roll back.
3. Otherwise take the load off the route named, then mend the line named: use the asynchronous form of the call, move the work to a worker thread, or do it in portions.`,
    dashboard: EVENT_LOOP,
  },
  {
    alert: "LoopscopeLongBlock",
    severity: "ticket",
    expression: filter(longBlocks, "> 0"),
    for: "0s",
    summary: `The event loop of {{ $labels.job }} was blocked for more than ${LIMITS.longBlockSeconds} s at a time (cause {{ $labels.cause }})`,
    runbook: `A single block of more than ${LIMITS.longBlockSeconds} s: health checks fail and connections time out while it lasts. The dashboard's table names the function, file, line and route. A cause of \`host\` means that the machine or container was stopped: look at its processor quota instead of the code.`,
    dashboard: EVENT_LOOP,
  },
  {
    alert: "LoopscopeProcessorStarved",
    severity: "ticket",
    expression: filter(
      sumBy(BY_INSTANCE, ruleQueries.rate(RUNTIME_METRICS.runQueueWait, {}, "5m")),
      `> ${LIMITS.runQueueShare}`,
    ),
    for: "10m",
    summary: "{{ $labels.instance }} waits for a processor {{ $value | humanizePercentage }} of the time",
    runbook:
      "The main thread is ready to run and does not get a processor: the machine is overcommitted. Delay seen by users is not the code's fault. Give the service more processor, or move its neighbours.",
    dashboard: EVENT_LOOP,
  },
  {
    alert: "LoopscopeProcessorThrottled",
    severity: "ticket",
    expression: filter(
      sumBy(BY_INSTANCE, ruleQueries.rate(RUNTIME_METRICS.cpuThrottled, {}, "5m")),
      `> ${LIMITS.throttledShare}`,
    ),
    for: "10m",
    summary:
      "{{ $labels.instance }} is stopped by its processor quota {{ $value | humanizePercentage }} of the time",
    runbook:
      "The container uses up its processor quota and is stopped until the next period. Raise the limit, or remove it and keep the request; garbage collection and thread-pool work count against it too.",
    dashboard: EVENT_LOOP,
  },
];

const gcShare = sumBy(BY_INSTANCE, ruleQueries.sumRate(RUNTIME_METRICS.gcDuration));
const heapRoom: Vector<(typeof BY_INSTANCE)[number]> = subtract(
  maxBy(BY_INSTANCE, ruleQueries.gauge(RUNTIME_METRICS.heapLimit)),
  maxBy(BY_INSTANCE, ruleQueries.gauge(RUNTIME_METRICS.heapFloor)),
);
const heapHoursLeft = scale(
  divide(heapRoom, maxBy(BY_INSTANCE, filter(ruleQueries.gauge(RUNTIME_METRICS.heapGrowth), "> 0"))),
  "/ 3600",
);

const MEMORY_ALERTS: readonly AlertingRule[] = [
  {
    alert: "LoopscopeHeapWillReachLimit",
    severity: "ticket",
    expression: filter(heapHoursLeft, `< ${LIMITS.heapHoursLeft}`),
    for: "30m",
    summary: 'The heap of {{ $labels.instance }} reaches its limit in {{ printf "%.1f" $value }} hours',
    runbook: `What stays in the heap after major collections has grown for half an hour at a rate that reaches the limit within ${LIMITS.heapHoursLeft} hours; V8 then ends the process. Take a heap snapshot now and another in ten minutes (POST /heapsnapshot on the agent) and compare them. A restart buys time.`,
    dashboard: MEMORY,
  },
  {
    alert: "LoopscopeGarbageCollectionHeavy",
    severity: "ticket",
    expression: filter(gcShare, `> ${LIMITS.gcShare}`),
    for: "10m",
    summary: "{{ $labels.instance }} spends {{ $value | humanizePercentage }} of its time collecting garbage",
    runbook:
      "Major collections with little room left: the heap is nearly full, or the service allocates very fast. Compare the floor after collections with the limit; raise --max-old-space-size if the floor is stable, look for a leak if it rises.",
    dashboard: MEMORY,
  },
];

const poolWaitP95 = histogramQuantile(
  0.95,
  sumBy([...BY_POOL, "le"], recorded(WORK_RULES.poolWaitBuckets, RULE_SCOPE)),
);

const WORK_ALERTS: readonly AlertingRule[] = [
  {
    alert: "LoopscopeThreadPoolSaturated",
    severity: "ticket",
    expression: filter(
      histogramQuantile(
        0.95,
        sumBy([...BY_INSTANCE, "le"], ruleQueries.bucketRate(RUNTIME_METRICS.threadPoolDelay)),
      ),
      `> ${LIMITS.threadPoolSeconds}`,
    ),
    for: "5m",
    summary:
      "Work waits {{ $value | humanizeDuration }} for a thread of libuv's pool in {{ $labels.instance }}",
    runbook:
      "File system calls, dns.lookup, crypto and zlib share libuv's pool of four threads, and it is full. Raise UV_THREADPOOL_SIZE up to the number of processors, move hashing and compression elsewhere, or use dns.resolve.",
    dashboard: WORK,
  },
  {
    alert: "LoopscopeConnectionPoolSaturated",
    severity: "page",
    expression: onlyWhere(
      filter(poolWaitP95, `> ${LIMITS.poolWaitSeconds}`),
      BY_POOL,
      filter(sumBy(BY_POOL, ruleQueries.gauge(WORK_METRICS.poolPending)), "> 0"),
    ),
    for: "2m",
    summary:
      "Callers of pool {{ $labels.db_client_connection_pool_name }} of {{ $labels.job }} wait {{ $value | humanizeDuration }} for a connection",
    runbook:
      "All connections are in use and callers queue. If the time of use rose, the database is slow or a transaction is left open; if it did not, there is more load than the pool is made for. A larger pool only helps while the database has room.",
    dashboard: WORK,
  },
  {
    alert: "LoopscopeQueueNearCapacity",
    severity: "page",
    expression: filter(
      divide(
        sumBy([...BY_INSTANCE, "queue"], ruleQueries.gauge(WORK_METRICS.queueLength)),
        sumBy([...BY_INSTANCE, "queue"], ruleQueries.gauge(WORK_METRICS.queueCapacity)),
      ),
      `> ${LIMITS.queueFill}`,
    ),
    for: "2m",
    summary: "Queue {{ $labels.queue }} of {{ $labels.instance }} is {{ $value | humanizePercentage }} full",
    runbook:
      "Producers are faster than workers; at capacity the queue pushes back or rejects. Look at the time a task takes and at the number of active workers: if all are busy and tasks are no slower, add workers; if tasks became slower, find out what they wait for.",
    dashboard: WORK,
  },
];

export const ALERTING_RULES: readonly AlertingRule[] = [
  ...BLOCKING_ALERTS,
  ...OBJECTIVE_ALERTS,
  ...MEMORY_ALERTS,
  ...WORK_ALERTS,
  ...PRESENCE_ALERTS,
];
