/**
 * One request that is under suspicion, now and then, beside everyday ones that should not notice. Settings by
 * `-e`: SUSPECT_PATH, SUSPECT_METHOD (GET), SUSPECT_BODY (JSON), SUSPECT_HEADERS (JSON), SUSPECT_RATE (2 a
 * second), SUSPECT_LIMIT_MS (30); OTHER_PATH (/healthz), OTHER_RATE (40 a second), OTHER_LIMIT_MS (30);
 * DURATION (12s). The limits are what 95 % of the requests must keep to.
 */

import exec from "k6/execution";
import http from "k6/http";
import type { Options } from "k6/options";

const base = __ENV.BASE_URL ?? "http://127.0.0.1:3000";
const duration = __ENV.DURATION ?? "12s";
const method = __ENV.SUSPECT_METHOD ?? "GET";
const path = __ENV.SUSPECT_PATH ?? "/";
const body = __ENV.SUSPECT_BODY ?? null;
const headers = JSON.parse(__ENV.SUSPECT_HEADERS ?? "{}") as Record<string, string>;
const otherPath = __ENV.OTHER_PATH ?? "/healthz";

export const options: Options = {
  thresholds: {
    [`http_req_duration{name:${otherPath}}`]: [`p(95)<${__ENV.OTHER_LIMIT_MS ?? "30"}`],
    [`http_req_duration{name:${path}}`]: [`p(95)<${__ENV.SUSPECT_LIMIT_MS ?? "30"}`],
  },
  scenarios: {
    others: {
      executor: "constant-arrival-rate",
      exec: "other",
      rate: Number(__ENV.OTHER_RATE ?? "40"),
      timeUnit: "1s",
      duration,
      preAllocatedVUs: 50,
      maxVUs: 400,
    },
    suspect: {
      executor: "constant-arrival-rate",
      exec: "suspect",
      rate: Number(__ENV.SUSPECT_RATE ?? "2"),
      timeUnit: "1s",
      duration,
      preAllocatedVUs: 20,
      maxVUs: 200,
      gracefulStop: "5s",
    },
  },
};

export function other(): void {
  http.get(`${base}${otherPath}`, { tags: { name: otherPath } });
}

export function suspect(): void {
  // An address that is taken once may not be taken again: every registration needs its own.
  const text =
    body === null ? null : body.replace("@example.com", `-${exec.scenario.iterationInTest}@example.com`);
  http.request(method, `${base}${path}`, text, {
    headers: body === null ? headers : { ...headers, "Content-Type": "application/json" },
    tags: { name: path },
  });
}
