import { faultSetting, integerSetting, portSetting } from "../service/service-environment.js";
import { runService, startService } from "../service/start-service.js";
import { FAULT_IDS } from "./faults.js";
import { buildRealtimeApp } from "./realtime-app.js";

runService(async () => {
  const app = await buildRealtimeApp({
    fault: faultSetting(FAULT_IDS),
    heartbeatMs: integerSetting("HEARTBEAT_MS", { from: 10, to: 600_000, otherwise: 30_000 }),
    presenceMs: integerSetting("PRESENCE_MS", { from: 0, to: 60_000, otherwise: 100 }),
    maxBufferedBytes: integerSetting("MAX_BUFFERED_BYTES", { from: 1, to: 2 ** 30, otherwise: 1024 * 1024 }),
    maxConnections: integerSetting("MAX_CONNECTIONS", { from: 1, to: 1_000_000, otherwise: 10_000 }),
  });
  await startService({ name: "realtime", app, port: portSetting(), release: async () => undefined });
});
