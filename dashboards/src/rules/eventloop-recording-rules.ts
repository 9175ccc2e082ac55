/** Blocking: by place in the code, by cause, by the route that suffered. */
import { EVENTLOOP_METRICS, RUNTIME_METRICS } from "@loopscope/agent/catalog";
import { countingFromBirth } from "../promql/born-rate.js";
import { recordingRule } from "../promql/recorded.js";
import { sumBy } from "../promql/vector.js";
import { ruleQueries } from "./rule-scope.js";

const blockedRate = countingFromBirth(ruleQueries.rate(EVENTLOOP_METRICS.blockedTime));

export const EVENTLOOP_RULES = {
  siteBlocked: recordingRule(
    "site:loopscope_eventloop_blocked_seconds:rate1m",
    "Blocked seconds a second by the place in the code that blocked, over all instances",
    sumBy(["job", "service_name", "cause", "function", "file", "line", "http_route"], blockedRate),
  ),
  instanceCauseBlocked: recordingRule(
    "instance:loopscope_eventloop_blocked_seconds:rate1m",
    "Blocked seconds a second of an instance, by cause",
    sumBy(["job", "service_name", "instance", "cause"], blockedRate),
  ),
  causeBlockBuckets: recordingRule(
    "cause:loopscope_eventloop_block_duration_seconds_bucket:rate1m",
    "Buckets of block durations by cause, over all instances",
    sumBy(
      ["job", "service_name", "cause", "le"],
      countingFromBirth(ruleQueries.bucketRate(EVENTLOOP_METRICS.blockDuration)),
    ),
  ),
  routeVictimDelay: recordingRule(
    "route:loopscope_eventloop_victim_delay_seconds:rate1m",
    "Seconds a second that blocks added to other requests, by the route that was held up",
    sumBy(
      ["job", "service_name", "http_route"],
      countingFromBirth(ruleQueries.rate(EVENTLOOP_METRICS.victimDelay)),
    ),
  ),
  gcBuckets: recordingRule(
    "kind:v8js_gc_duration_seconds_bucket:rate1m",
    "Buckets of garbage-collection pauses by kind, over all instances",
    sumBy(["job", "service_name", "v8js_gc_type", "le"], ruleQueries.bucketRate(RUNTIME_METRICS.gcDuration)),
  ),
} as const;
