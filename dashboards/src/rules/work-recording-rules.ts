/** Queues and pools over all instances: their histograms by instance would be too many series for a panel. */
import { WORK_METRICS } from "@loopscope/agent/catalog";
import { recordingRule } from "../promql/recorded.js";
import { sumBy } from "../promql/vector.js";
import { ruleQueries } from "./rule-scope.js";

const BY_QUEUE = ["job", "service_name", "queue"] as const;
const BY_POOL = ["job", "service_name", "db_client_connection_pool_name"] as const;
const BY_DATABASE = ["job", "service_name", "db_system_name", "db_namespace", "server_address"] as const;

export const WORK_RULES = {
  queueWaitBuckets: recordingRule(
    "queue:loopscope_queue_wait_seconds_bucket:rate1m",
    "Buckets of the time tasks waited, by queue",
    sumBy([...BY_QUEUE, "le"], ruleQueries.bucketRate(WORK_METRICS.queueWait)),
  ),
  taskDurationBuckets: recordingRule(
    "queue:loopscope_queue_task_duration_seconds_bucket:rate1m",
    "Buckets of the time tasks took, by queue",
    sumBy([...BY_QUEUE, "le"], ruleQueries.bucketRate(WORK_METRICS.taskDuration)),
  ),
  poolWaitBuckets: recordingRule(
    "pool:db_client_connection_wait_time_seconds_bucket:rate1m",
    "Buckets of the time callers waited for a connection, by pool",
    sumBy([...BY_POOL, "le"], ruleQueries.bucketRate(WORK_METRICS.poolWait)),
  ),
  poolUseBuckets: recordingRule(
    "pool:db_client_connection_use_time_seconds_bucket:rate1m",
    "Buckets of the time connections were borrowed, by pool",
    sumBy([...BY_POOL, "le"], ruleQueries.bucketRate(WORK_METRICS.poolUse)),
  ),
  databaseOperationBuckets: recordingRule(
    "database:db_client_operation_duration_seconds_bucket:rate1m",
    "Buckets of the time database operations took, by database",
    sumBy([...BY_DATABASE, "le"], ruleQueries.bucketRate(WORK_METRICS.databaseOperation)),
  ),
} as const;
