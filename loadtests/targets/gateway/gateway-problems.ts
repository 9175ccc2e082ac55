import { Problem } from "../service/problem-details.js";
import { TooManyWaiting } from "../service/semaphore.js";
import { CircuitOpen } from "./upstream-caller.js";
import { UpstreamTimeout } from "./upstream-request.js";

/** What the client hears when an upstream service did not answer; undefined for errors of other kinds. */
export function problemOfUpstream(error: unknown): Problem | undefined {
  if (error instanceof UpstreamTimeout) return new Problem(504, "Gateway Timeout", `${error.message}.`);
  if (error instanceof CircuitOpen) {
    return unavailable(`${error.message}.`, Math.max(1, Math.ceil(error.remainingMs / 1000)));
  }
  if (error instanceof TooManyWaiting) return unavailable("The service has more calls than it can take.", 1);
  if (error instanceof Error && "code" in error) {
    return new Problem(502, "Bad Gateway", `The service could not be reached (${String(error.code)}).`);
  }
  return undefined;
}

function unavailable(detail: string, retryAfterSeconds: number): Problem {
  return new Problem(503, "Service Unavailable", detail, {
    extensions: { retry_after: retryAfterSeconds },
    headers: { "retry-after": String(retryAfterSeconds) },
  });
}
