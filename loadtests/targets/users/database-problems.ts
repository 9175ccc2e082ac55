import { Problem } from "../service/problem-details.js";

/** PostgreSQL's error codes (its manual, appendix A) and Node's, as far as a client may know of them. */
const QUERY_CANCELED = "57014";
const UNIQUE_VIOLATION = "23505";
const CONNECTION_FAILURES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  // admin_shutdown, crash_shutdown, cannot_connect_now, connection_failure, too_many_connections
  "57P01",
  "57P02",
  "57P03",
  "08006",
  "53300",
]);

/** The driver has no codes for these. */
const NO_FREE_CONNECTION = "timeout exceeded when trying to connect";
const LOST_CONNECTION = /^Connection terminated|^Client has encountered a connection error/;

/** What a failed query means to the client; undefined: our own mistake, which is a 500. */
export function databaseProblem(error: Error & { readonly code?: string }): Problem | undefined {
  if (error.code === QUERY_CANCELED) {
    return new Problem(408, "Request Timeout", "The database took longer than this service allows.");
  }
  if (error.code === UNIQUE_VIOLATION) {
    return new Problem(409, "Conflict", "There is a user with this email already.");
  }
  if (error.message === NO_FREE_CONNECTION) return unavailable("Every database connection is in use.");
  if (isConnectionFailure(error)) return unavailable("The database cannot be reached.");
  return undefined;
}

/** Whether the server behind a query is gone, as opposed to having refused it. */
export function isConnectionFailure(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isConnectionFailure);
  if (!(error instanceof Error)) return false;
  const { code } = error as Error & { readonly code?: string };
  return (code !== undefined && CONNECTION_FAILURES.has(code)) || LOST_CONNECTION.test(error.message);
}

function unavailable(detail: string): Problem {
  return new Problem(503, "Service Unavailable", detail, { headers: { "retry-after": "1" } });
}
