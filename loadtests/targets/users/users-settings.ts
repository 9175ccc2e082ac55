import { faultsSetting, integerSetting, portSetting, textSetting } from "../service/service-environment.js";
import { USERS_FAULT_IDS, type UsersFaultId } from "./faults.js";

export interface UsersSettings {
  /** PORT. Default 0: a free one. */
  readonly port: number;
  /** FAULT: the mistakes to make, separated by commas; none is the mended service. */
  readonly faults: ReadonlySet<UsersFaultId>;
  /** DATABASE_URL; undefined starts an embedded server. */
  readonly databaseUrl: string | undefined;
  /** DATABASE_REPLICA_URL: where reads go; undefined sends them to the primary. */
  readonly replicaUrl: string | undefined;
  /** REDIS_URL: where caches are kept, shared by several services; undefined keeps them in memory. */
  readonly redisUrl: string | undefined;
  /** POOL_MAX, 1 to 200, default 20: connections to each server. More only moves the queue into the server. */
  readonly poolMax: number;
  /** POOL_WAIT_MS, default 2000: longest wait for a connection, milliseconds; then 503. */
  readonly poolWaitMs: number;
  /** STATEMENT_TIMEOUT_MS, default 5000: longest time for one statement, milliseconds; then 408. */
  readonly statementTimeoutMs: number;
  /** REQUEST_TIMEOUT_MS, default 30000: longest time for one request, milliseconds; then 408. */
  readonly requestTimeoutMs: number;
  /** PRODUCT_SOURCES: `name=url,name=url`; undefined starts two partner catalogues in a thread. */
  readonly productSources: string | undefined;
  /** SOURCE_TIMEOUT_MS, default 1000: longest wait for one product source, milliseconds. */
  readonly sourceTimeoutMs: number;
  /** SEED_MESSAGES, 1000 to 2000000, default 20000, more where a fault needs more to show. */
  readonly seedMessages: number;
  /** HELP_ARTICLES, 1 to 20000, default 200, more where a fault needs more to show. */
  readonly helpArticles: number;
}

const SEED_MESSAGES = 20_000;
/** Long as one document, slow to read without an index, slow to count: each as much as its fault needs. */
const MESSAGES_OF_FAULT: Partial<Record<UsersFaultId, number>> = {
  "huge-json": 100_000,
  "query-without-index": 400_000,
  "cache-stampede": 400_000,
};
const HELP_ARTICLES = 200;
const MANY_HELP_ARTICLES = 12_000;

/** @throws Error with one sentence for the first bad setting. */
export function readUsersSettings(): UsersSettings {
  const faults = faultsSetting(USERS_FAULT_IDS);
  const seedMessages = Math.max(
    SEED_MESSAGES,
    ...[...faults].map((fault) => MESSAGES_OF_FAULT[fault] ?? SEED_MESSAGES),
  );
  const helpArticles = faults.has("sync-file-read") ? MANY_HELP_ARTICLES : HELP_ARTICLES;
  return {
    port: portSetting(),
    faults,
    databaseUrl: textSetting("DATABASE_URL"),
    replicaUrl: textSetting("DATABASE_REPLICA_URL"),
    redisUrl: textSetting("REDIS_URL"),
    poolMax: faults.has("pool-too-small")
      ? 1
      : integerSetting("POOL_MAX", { from: 1, to: 200, otherwise: 20 }),
    poolWaitMs: integerSetting("POOL_WAIT_MS", { from: 10, to: 60_000, otherwise: 2000 }),
    statementTimeoutMs: integerSetting("STATEMENT_TIMEOUT_MS", { from: 10, to: 600_000, otherwise: 5000 }),
    requestTimeoutMs: integerSetting("REQUEST_TIMEOUT_MS", { from: 10, to: 600_000, otherwise: 30_000 }),
    productSources: textSetting("PRODUCT_SOURCES"),
    sourceTimeoutMs: integerSetting("SOURCE_TIMEOUT_MS", { from: 10, to: 60_000, otherwise: 1000 }),
    seedMessages: integerSetting("SEED_MESSAGES", { from: 1000, to: 2_000_000, otherwise: seedMessages }),
    helpArticles: integerSetting("HELP_ARTICLES", { from: 1, to: 20_000, otherwise: helpArticles }),
  };
}
