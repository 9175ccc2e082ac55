/** Who looked at what: kept without a bound, or the latest only. */

import type { FastifyInstance, FastifyRequest } from "fastify";
import type { UsersFaultId } from "./faults.js";

interface Visit {
  readonly url: string;
  /** What was seen, so that it can be told later: a few kilobytes. */
  readonly details: readonly string[];
}

const KEPT_VISITS = 1000;
const DETAILS = 100;

/** Remembers each visit of a user's page; `GET /visits` counts what is remembered. */
export function addVisitLog(app: FastifyInstance, faults: ReadonlySet<UsersFaultId>): void {
  const visits: Visit[] = [];
  const remember = faults.has("slow-leak") ? rememberForEver : rememberLatest;
  app.addHook("onResponse", async (request) => {
    if (request.routeOptions.url === "/users/:id") remember(visits, visitOf(request));
  });
  app.get("/visits", async () => ({ remembered: visits.length }));
}

/** Faulty: a list that lives as long as the process and only grows. Each visit is small; there are many. */
function rememberForEver(visits: Visit[], visit: Visit): void {
  visits.push(visit);
}

/** Mended: what grows with traffic has a bound. */
function rememberLatest(visits: Visit[], visit: Visit): void {
  visits.push(visit);
  if (visits.length > KEPT_VISITS) visits.shift();
}

function visitOf({ url, id }: FastifyRequest): Visit {
  return { url, details: Array.from({ length: DETAILS }, (_, index) => `${id} ${url} ${index}`) };
}
