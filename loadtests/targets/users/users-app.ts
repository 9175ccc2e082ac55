/** The whole service, put together: every way in is a line here. */

import { type FastifyInstance, fastify } from "fastify";
import { answerWithProblems } from "../service/problem-details.js";
import { addAuthorRanking } from "./author-ranking.js";
import { addBenchmarkRoute } from "./benchmark-route.js";
import { databaseProblem } from "./database-problems.js";
import type { Databases } from "./databases.js";
import { addHelpSearch } from "./help-search.js";
import { addMessageExport } from "./message-export.js";
import { addMessageRoutes } from "./message-routes.js";
import { addPriceStatistics } from "./price-statistics.js";
import { addProductRanking } from "./product-ranking.js";
import { addProductRoutes } from "./product-routes.js";
import type { ProductSources } from "./product-sources.js";
import type { UserCaches } from "./user-caches.js";
import { addUserRoutes } from "./user-routes.js";
import type { UsersSettings } from "./users-settings.js";
import { addVisitLog } from "./visit-log.js";

export interface UsersParts {
  readonly settings: UsersSettings;
  readonly databases: Databases;
  readonly sources: ProductSources;
  readonly caches: UserCaches;
}

export function buildUsersApp({ settings, databases, sources, caches }: UsersParts): FastifyInstance {
  const app = fastify({
    // The answer's deadline, and the request's: a client that sends slowly is not waited for either.
    handlerTimeout: settings.requestTimeoutMs,
    requestTimeout: settings.requestTimeoutMs,
  });
  // The framework would take text as a body; here only JSON is one, and the rest is 415.
  app.removeContentTypeParser("text/plain");
  answerWithProblems(app, databaseProblem);
  app.addHook("onSend", async (_request, reply) => {
    reply.header("x-response-time", `${reply.elapsedTime.toFixed(3)}ms`);
  });
  app.get("/healthz", async () => {
    await databases.primary.query("SELECT 1");
    return { status: "ok" };
  });
  addUserRoutes(app, databases, caches, settings.faults);
  addVisitLog(app, settings.faults);
  addMessageRoutes(app, databases, settings.faults);
  addAuthorRanking(app, databases, caches, settings.faults);
  addMessageExport(app, databases, settings.faults);
  addProductRoutes(app, sources.all, settings.sourceTimeoutMs);
  addProductRanking(app, databases, settings.faults);
  addPriceStatistics(app, databases, settings.faults);
  addHelpSearch(app, settings.helpArticles, settings.faults);
  addBenchmarkRoute(app, databases);
  return app;
}
