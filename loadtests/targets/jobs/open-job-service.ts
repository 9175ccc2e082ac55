import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { integerSetting, textSetting } from "../service/service-environment.js";
import { BullmqJobService } from "./bullmq-job-service.js";
import { prepareInvoiceFiles } from "./invoice-files.js";
import type { JobService, JobServiceSettings } from "./job-service.js";
import { lockJournal } from "./journal-lock.js";
import { JournaledJobService } from "./journaled-job-service.js";

const RUNNING_JOBS_GRACE_MS = 5_000;

export interface OpenJobService {
  readonly service: JobService;
  /** The queue's name, here and in Redis. */
  readonly queueName: string;
  /** Stops it, and says where unfinished jobs are. */
  release(): Promise<void>;
}

type SharedSettings = Omit<JobServiceSettings, "invoicePaths">;

/** With REDIS_URL the jobs are in Redis, otherwise in a journal on the disk. */
export function openJobService(settings: SharedSettings): Promise<OpenJobService> {
  const redisUrl = textSetting("REDIS_URL");
  const queueName = textSetting("QUEUE_NAME") ?? "jobs";
  return redisUrl === undefined
    ? openJournaled(settings, queueName)
    : openInRedis(settings, queueName, redisUrl);
}

async function openJournaled(settings: SharedSettings, queueName: string): Promise<OpenJobService> {
  const named = textSetting("JOURNAL_DIR");
  const journalFolder = named ?? (await newFolder());
  const unlock = await lockJournal(journalFolder);
  const invoicePaths = await prepareInvoiceFiles(join(journalFolder, "invoices"));
  const service = await JournaledJobService.open({ ...settings, invoicePaths, journalFolder });
  return {
    service,
    queueName,
    release: async () => {
      const unfinished = await service.stop(RUNNING_JOBS_GRACE_MS);
      await unlock();
      // A journal without a name of its own is kept only while it holds jobs for a next life.
      if (named === undefined && unfinished === 0) await rm(journalFolder, { recursive: true });
      else console.log(`jobs handed back: ${unfinished} in ${journalFolder}`);
    },
  };
}

async function openInRedis(
  settings: SharedSettings,
  queueName: string,
  redisUrl: string,
): Promise<OpenJobService> {
  const folder = await newFolder();
  const service = await BullmqJobService.open({
    ...settings,
    redisUrl,
    queueName,
    lockMs: integerSetting("JOB_LOCK_MS", { from: 500, to: 600_000, otherwise: 30_000 }),
    invoicePaths: await prepareInvoiceFiles(join(folder, "invoices")),
  });
  return {
    service,
    queueName,
    release: async () => {
      console.log(`jobs handed back: ${await service.stop(RUNNING_JOBS_GRACE_MS)} in Redis, ${queueName}`);
      await rm(folder, { recursive: true });
    },
  };
}

function newFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "loopscope-jobs-"));
}
