/** Starts the lab: `node loadtests/build/targets/blocking-lab/server.js`. */

import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { Piscina } from "piscina";
import { startEmbeddedPostgres } from "../embedded-postgres/embedded-postgres.js";
import { integerSetting, portSetting, textSetting } from "../service/service-environment.js";
import { runService, startService } from "../service/start-service.js";
import { buildLabApp } from "./lab-app.js";
import { openOutsideServices } from "./outside-services.js";
import { openWaitingCaller } from "./waiting-caller.js";

/** Connections to the database and to the other service in the asynchronous way. */
const OUTSIDE_CONNECTIONS = 50;

runService(async () => {
  const port = portSetting();
  // As many as a service has that offloads; each costs memory, and each thread waits for one call at a time.
  const threadCount = integerSetting("THREADS", { from: 1, to: 64, otherwise: 8 });
  const databaseUrl = textSetting("DATABASE_URL");
  const embedded = databaseUrl === undefined ? await startEmbeddedPostgres() : undefined;
  const downstream = new Worker(new URL("downstream-service.js", import.meta.url), { execArgv: [], env: {} });
  const [downstreamUrl] = (await once(downstream, "message")) as [string];
  downstream.unref();
  const addresses = { downstreamUrl, databaseUrl: databaseUrl ?? embedded?.url ?? "" };
  const outside = openOutsideServices(addresses, OUTSIDE_CONNECTIONS);
  const threads = new Piscina({
    filename: fileURLToPath(new URL("pool-worker.js", import.meta.url)),
    // All of them, always: by default a thread that is idle for a moment is ended, and a new one takes 50 ms.
    minThreads: threadCount,
    maxThreads: threadCount,
    workerData: addresses,
    execArgv: [],
    env: {},
  });
  const folder = await mkdtemp(path.join(os.tmpdir(), "loopscope-lab-"));
  await startService({
    name: "blocking-lab",
    app: buildLabApp({ outside, caller: openWaitingCaller(addresses), threads, folder }),
    port,
    release: async () => {
      await threads.destroy();
      await outside.close();
      await embedded?.stop();
      await rm(folder, { recursive: true, force: true });
    },
  });
});
