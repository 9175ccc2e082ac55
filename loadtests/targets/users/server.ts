/** Starts the users service: `node loadtests/build/targets/users/server.js`. */

import { runService, startService } from "../service/start-service.js";
import { findDatabases } from "./find-databases.js";
import { logPoolWaits } from "./pool-wait-log.js";
import { openProductSources } from "./product-sources.js";
import { createSchema } from "./schema.js";
import { openUserCaches } from "./user-caches.js";
import { buildUsersApp } from "./users-app.js";
import { readUsersSettings } from "./users-settings.js";

runService(async () => {
  const settings = readUsersSettings();
  const { databases, close } = await findDatabases(settings);
  await createSchema(databases, settings);
  if (settings.faults.has("pool-too-small")) logPoolWaits(databases.primary);
  const sources = await openProductSources(settings, databases);
  const caches = await openUserCaches(settings.redisUrl);
  const app = buildUsersApp({ settings, databases, sources, caches });
  await startService({
    name: "users",
    app,
    port: settings.port,
    release: async () => {
      await sources.close();
      caches.close();
      await close();
    },
  });
});
