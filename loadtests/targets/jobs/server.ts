import { faultSetting, integerSetting, portSetting, textSetting } from "../service/service-environment.js";
import { startInThread } from "../service/start-in-thread.js";
import { runService, startService } from "../service/start-service.js";
import { FAULT_IDS } from "./faults.js";
import { createJobRoutes } from "./job-routes.js";
import { openJobService } from "./open-job-service.js";
import { showQueueToAgent } from "./queue-for-agent.js";

runService(async () => {
  const downstream = await startInThread<string>(new URL("./quote-downstream.js", import.meta.url));
  const { service, queueName, release } = await openJobService({
    fault: faultSetting(FAULT_IDS),
    keepFinished: integerSetting("KEEP_FINISHED", { from: 1, to: 1_000_000, otherwise: 10_000 }),
    queueCapacity: integerSetting("QUEUE_CAPACITY", { from: 1, to: 1_000_000, otherwise: 100 }),
    workers: integerSetting("WORKERS", { from: 1, to: 1_000, otherwise: 8 }),
    outboundLimit: integerSetting("OUTBOUND_LIMIT", { from: 1, to: 10_000, otherwise: 20 }),
    taskTimeoutMs: integerSetting("TASK_TIMEOUT_MS", { from: 1, to: 600_000, otherwise: 5_000 }),
    maxAttempts: integerSetting("MAX_ATTEMPTS", { from: 1, to: 100, otherwise: 3 }),
    downstreamUrl: textSetting("DOWNSTREAM_URL") ?? downstream.answer,
  });
  service.figures.tell(showQueueToAgent(queueName, service));
  const admissionTimeoutMs = integerSetting("ADMISSION_TIMEOUT_MS", {
    from: 1,
    to: 600_000,
    otherwise: 5_000,
  });
  const app = createJobRoutes(service, admissionTimeoutMs);
  await startService({
    name: "jobs",
    app,
    port: portSetting(),
    release: async () => {
      await release();
      await downstream.stop();
    },
  });
});
