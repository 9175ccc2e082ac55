import { logHolds } from "../service/fault-log.js";
import { faultSetting, integerSetting, portSetting, textSetting } from "../service/service-environment.js";
import { startInThread } from "../service/start-in-thread.js";
import { runService, startService } from "../service/start-service.js";
import { FAULT_IDS } from "./faults.js";
import { createGatewayRoutes } from "./gateway-routes.js";
import { createMemoryStore } from "./memory-store.js";
import { ProxyHandler } from "./proxy-handler.js";
import { createRedisStore } from "./redis-store.js";
import { ResponseCache } from "./response-cache.js";
import { ServiceRegistry } from "./service-registry.js";
import { type CallerSettings, LIMITED_RETRY, RETRY_STORM, UpstreamCaller } from "./upstream-caller.js";
import { NO_TIMEOUTS } from "./upstream-request.js";

const HOUR_SECONDS = 3600;

runService(async () => {
  const fault = faultSetting(FAULT_IDS);
  const totalMs = milliseconds("TOTAL_TIMEOUT_MS", 30_000);
  const timeouts = {
    connectMs: milliseconds("CONNECT_TIMEOUT_MS", 2_000),
    readMs: milliseconds("READ_TIMEOUT_MS", 10_000),
    totalMs,
  };
  const breaker = {
    failuresToOpen: integerSetting("BREAKER_FAILURES", { from: 1, to: 1_000, otherwise: 5 }),
    openMs: milliseconds("BREAKER_OPEN_MS", 10_000),
  };
  const caller: CallerSettings = {
    timeouts: fault === "missing-timeout" ? NO_TIMEOUTS : timeouts,
    retry: fault === "retry-storm" ? RETRY_STORM : LIMITED_RETRY,
    breaker: fault === "retry-storm" || fault === "missing-timeout" ? null : breaker,
    outboundLimit: integerSetting("OUTBOUND_LIMIT", { from: 1, to: 10_000, otherwise: 50 }),
  };
  const redisUrl = textSetting("REDIS_URL");
  const store = redisUrl === undefined ? createMemoryStore() : await createRedisStore(redisUrl);
  const upstream = await startInThread<Record<string, string[]>>(
    new URL("./upstream-services.js", import.meta.url),
  );
  const registry = new ServiceRegistry({ ...upstream.answer, ...namedServices() });
  const callers = new Map(registry.names.map((name) => [name, new UpstreamCaller(name, registry, caller)]));
  const cache = new ResponseCache(store, {
    freshMs: 1000 * integerSetting("CACHE_SECONDS", { from: 0, to: HOUR_SECONDS, otherwise: 300 }),
    staleMs: 1000 * integerSetting("STALE_SECONDS", { from: 0, to: HOUR_SECONDS, otherwise: 600 }),
    shareMisses: fault !== "cache-stampede",
  });
  if (fault !== null && fault !== "json-proxying") {
    // A request waits for its own call, or in the cache for that of another.
    cache.look = logHolds({ fault, whom: "request" }, cache.look.bind(cache));
    for (const each of callers.values()) {
      each.call = logHolds({ fault, whom: "request" }, each.call.bind(each));
    }
  }
  const proxy = new ProxyHandler({
    callers,
    cache,
    totalTimeoutMs: fault === "missing-timeout" ? null : totalMs,
    throughJson: fault === "json-proxying",
  });
  const rateLimit = {
    limit: integerSetting("RATE_LIMIT", { from: 1, to: 1_000_000, otherwise: 100 }),
    windowMs: 1000 * integerSetting("RATE_WINDOW_SECONDS", { from: 1, to: HOUR_SECONDS, otherwise: 60 }),
  };
  const tokenSecret = textSetting("TOKEN_SECRET") ?? "the secret of an example";
  const app = createGatewayRoutes({ store, tokenSecret, rateLimit, proxy });
  const release = async () => {
    for (const each of callers.values()) each.close();
    await Promise.all([store.close(), upstream.stop()]);
  };
  await startService({ name: "gateway", app, port: portSetting(), release });
});

function milliseconds(name: string, otherwise: number): number {
  return integerSetting(name, { from: 1, to: 600_000, otherwise });
}

/** `USERS_URL`, `ORDERS_URL` and `PRODUCTS_URL`: base URLs of a service's instances, with commas between. */
function namedServices(): Record<string, string[]> {
  const named: Record<string, string[]> = {};
  for (const service of ["users", "orders", "products"]) {
    const urls = textSetting(`${service.toUpperCase()}_URL`);
    if (urls !== undefined) named[service] = urls.split(",");
  }
  return named;
}
