/** HTTP traffic by instance, by route and by service: never by all at once, which would be a series for each. */
import { HTTP_METRICS } from "@loopscope/agent/catalog";
import { OBJECTIVES } from "../objectives.js";
import { countingFromBirth } from "../promql/born-rate.js";
import { bucketBound } from "../promql/metric-query.js";
import { type RecordingRule, recorded, recordedSumOverTime, recordingRule } from "../promql/recorded.js";
import {
  divide,
  filter,
  histogramQuantile,
  maxBy,
  orElse,
  scale,
  subtract,
  sumBy,
} from "../promql/vector.js";
import { RULE_SCOPE, ruleQueries } from "./rule-scope.js";

const DURATION = HTTP_METRICS.serverRequestDuration;
const SERVER_ERROR = { http_response_status_code: '=~"5.."' } as const;
const BY_SERVICE = ["job", "service_name"] as const;
const BY_INSTANCE = [...BY_SERVICE, "instance"] as const;
const BY_ROUTE = [...BY_SERVICE, "http_route"] as const;

/**
 * From birth, all that is set against one another: else the first minute of an instance that was rolled out
 * would miss its first requests here, and count them there.
 */
const requestRate = countingFromBirth(ruleQueries.countRate(DURATION));

const instanceStatusRequests = recordingRule(
  "instance:http_server_requests:rate1m",
  "Requests a second of an instance, by status code",
  sumBy([...BY_INSTANCE, "http_response_status_code"], requestRate),
);

const serviceRequests = recordingRule(
  "service:http_server_requests:rate1m",
  "Requests a second of a service",
  sumBy(BY_SERVICE, recorded(instanceStatusRequests, RULE_SCOPE)),
);

const serviceErrors = recordingRule(
  "service:http_server_errors:rate1m",
  "Answers with status 500 and over a second; 0 where there are requests and no errors",
  orElse(
    sumBy(BY_SERVICE, recorded(instanceStatusRequests, RULE_SCOPE, SERVER_ERROR)),
    scale(recorded(serviceRequests, RULE_SCOPE), "* 0"),
  ),
);

const serviceSlow = recordingRule(
  "service:http_server_slow_requests:rate1m",
  `Requests a second that took longer than the objective of ${OBJECTIVES.latencySeconds} s`,
  subtract(
    recorded(serviceRequests, RULE_SCOPE),
    sumBy(
      BY_SERVICE,
      countingFromBirth(
        ruleQueries.bucketRate(DURATION, { le: bucketBound(DURATION, OBJECTIVES.latencySeconds) }),
      ),
    ),
  ),
);

type BurnWindow = "5m" | "30m" | "1h" | "6h" | "3d";

/** Long windows average what was recorded each interval: reading three days of buckets would cost too much. */
function burnRate(numerator: RecordingRule<"job" | "service_name">, budget: number, window: BurnWindow) {
  const bad = recordedSumOverTime(numerator, RULE_SCOPE, window);
  const all = recordedSumOverTime(serviceRequests, RULE_SCOPE, window);
  return scale(divide(bad, all), `/ ${budget}`);
}

function errorBurn<const W extends BurnWindow>(window: W) {
  return recordingRule(
    `service:http_server_error_budget:burnrate${window}`,
    `How many times faster than allowed errors used up their budget over ${window}`,
    burnRate(serviceErrors, OBJECTIVES.errorBudget, window),
  );
}

function latencyBurn<const W extends BurnWindow>(window: W) {
  return recordingRule(
    `service:http_server_latency_budget:burnrate${window}`,
    `How many times faster than allowed slow requests used up their budget over ${window}`,
    burnRate(serviceSlow, OBJECTIVES.latencyBudget, window),
  );
}

/** Recorded once for the three quantiles: of all that the rules read, these buckets are the most series. */
const routeBuckets = recordingRule(
  "route:http_server_request_duration_seconds_bucket:rate1m",
  "Buckets of a route's request durations over all instances",
  sumBy([...BY_ROUTE, "le"], ruleQueries.bucketRate(DURATION)),
);

function routeQuantile(quantile: number, name: string) {
  return recordingRule(
    `route:http_server_request_duration_seconds:${name}_1m`,
    `Quantile ${quantile} of a route over all instances, interpolated from buckets`,
    histogramQuantile(quantile, recorded(routeBuckets, RULE_SCOPE)),
  );
}

export const HTTP_RULES = {
  instanceStatusRequests,
  serviceRequests,
  serviceErrors,
  serviceSlow,
  instanceBuckets: recordingRule(
    "instance:http_server_request_duration_seconds_bucket:rate1m",
    "Buckets of an instance's request durations over all routes",
    sumBy([...BY_INSTANCE, "le"], ruleQueries.bucketRate(DURATION)),
  ),
  routeRequests: recordingRule(
    "route:http_server_requests:rate1m",
    "Requests a second of a route over all instances",
    sumBy(BY_ROUTE, requestRate),
  ),
  routeErrors: recordingRule(
    "route:http_server_errors:rate1m",
    "Answers with status 500 and over a second, by route",
    sumBy(BY_ROUTE, countingFromBirth(ruleQueries.countRate(DURATION, SERVER_ERROR))),
  ),
  routeBuckets,
  routeP50: routeQuantile(0.5, "p50"),
  routeP95: routeQuantile(0.95, "p95"),
  routeP99: routeQuantile(0.99, "p99"),
  routeExact: recordingRule(
    "route:http_server_request_duration_quantile_seconds:worst_instance",
    "Exact quantiles over the last minute, of the instance where each is largest",
    maxBy(
      [...BY_ROUTE, "quantile"],
      filter(ruleQueries.gauge(HTTP_METRICS.serverRequestDurationQuantile), ">= 0"),
    ),
  ),
  routeAborted: recordingRule(
    "route:loopscope_http_server_aborted_requests:rate1m",
    "Requests a second whose client went away, by route",
    sumBy(BY_ROUTE, countingFromBirth(ruleQueries.rate(HTTP_METRICS.serverAborted))),
  ),
  clientBuckets: recordingRule(
    "destination:http_client_request_duration_seconds_bucket:rate1m",
    "Buckets of outbound request durations, by destination",
    sumBy(
      [...BY_SERVICE, "server_address", "server_port", "le"],
      ruleQueries.bucketRate(HTTP_METRICS.clientRequestDuration),
    ),
  ),
  errorBurn5m: errorBurn("5m"),
  errorBurn30m: errorBurn("30m"),
  errorBurn1h: errorBurn("1h"),
  errorBurn6h: errorBurn("6h"),
  errorBurn3d: errorBurn("3d"),
  latencyBurn5m: latencyBurn("5m"),
  latencyBurn30m: latencyBurn("30m"),
  latencyBurn1h: latencyBurn("1h"),
  latencyBurn6h: latencyBurn("6h"),
  latencyBurn3d: latencyBurn("3d"),
} as const;
