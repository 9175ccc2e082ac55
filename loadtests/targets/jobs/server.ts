import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { faultSetting, integerSetting, portSetting, textSetting } from "../service/service-environment.js";
import { startInThread } from "../service/start-in-thread.js";
import { runService, startService } from "../service/start-service.js";
import { FAULT_IDS } from "./faults.js";
import { prepareInvoiceFiles } from "./invoice-files.js";
import { createJobRoutes } from "./job-routes.js";
import { JobService } from "./job-service.js";
import { lockJournal } from "./journal-lock.js";
import { showQueueToAgent } from "./queue-for-agent.js";

const RUNNING_JOBS_GRACE_MS = 5_000;

runService(async () => {
  const named = textSetting("JOURNAL_DIR");
  const journalFolder = named ?? (await mkdtemp(join(tmpdir(), "loopscope-jobs-")));
  const unlock = await lockJournal(journalFolder);
  const downstream = await startInThread<string>(new URL("./quote-downstream.js", import.meta.url));
  const service = await JobService.open({
    fault: faultSetting(FAULT_IDS),
    journalFolder,
    keepFinished: integerSetting("KEEP_FINISHED", { from: 1, to: 1_000_000, otherwise: 10_000 }),
    queueCapacity: integerSetting("QUEUE_CAPACITY", { from: 1, to: 1_000_000, otherwise: 100 }),
    workers: integerSetting("WORKERS", { from: 1, to: 1_000, otherwise: 8 }),
    outboundLimit: integerSetting("OUTBOUND_LIMIT", { from: 1, to: 10_000, otherwise: 20 }),
    taskTimeoutMs: integerSetting("TASK_TIMEOUT_MS", { from: 1, to: 600_000, otherwise: 5_000 }),
    maxAttempts: integerSetting("MAX_ATTEMPTS", { from: 1, to: 100, otherwise: 3 }),
    downstreamUrl: textSetting("DOWNSTREAM_URL") ?? downstream.answer,
    invoicePaths: await prepareInvoiceFiles(join(journalFolder, "invoices")),
  });
  service.figures.tell(showQueueToAgent("jobs", service));
  const admissionTimeoutMs = integerSetting("ADMISSION_TIMEOUT_MS", {
    from: 1,
    to: 600_000,
    otherwise: 5_000,
  });
  const app = createJobRoutes(service, admissionTimeoutMs);
  const release = async () => {
    await service.stop(RUNNING_JOBS_GRACE_MS);
    await downstream.stop();
    await unlock();
    // A journal without a name of its own is kept only while it holds jobs for a next life.
    if (named === undefined && service.unfinishedCount === 0) await rm(journalFolder, { recursive: true });
    else console.log(`jobs handed back: ${service.unfinishedCount} in ${journalFolder}`);
  };
  await startService({ name: "jobs", app, port: portSetting(), release });
});
