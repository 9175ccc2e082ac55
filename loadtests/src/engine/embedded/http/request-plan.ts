import type { Tags } from "../../../measure/metric.js";
import type { RequestTarget } from "./request-target.js";

/** What is to be sent and how it is to be counted: of requests that are all alike, one for all. */
export interface RequestPlan {
  readonly method: string;
  readonly target: RequestTarget;
  /** Request line and headers, ending in an empty line, latin1. */
  readonly head: string;
  readonly body: Buffer | string | null;
  readonly keepBody: boolean;
  readonly timeoutMs: number;
  /** The `name` tag. */
  readonly name: string;
  /** The `url` tag. */
  readonly urlTag: string;
  /** Tags that the script gave the request. */
  readonly tags: Tags | undefined;
  /** Which statuses are successes; null records no http_req_failed. */
  readonly isExpected: ((status: number) => boolean) | null;
}
