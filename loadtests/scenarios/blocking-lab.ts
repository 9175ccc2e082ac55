/**
 * One work of the blocking lab in one way, while somebody else asks for a trifle each tenth of a second: what
 * does the work cost its neighbour? LAB_WORK and LAB_WAY choose; blocking fails the thresholds, the others
 * hold.
 */

import { check } from "k6";
import http from "k6/http";
import type { Options } from "k6/options";

const BASE_URL = __ENV.BASE_URL ?? "http://127.0.0.1:3000";
const WORK = __ENV.LAB_WORK ?? "http-call";
const WAY = __ENV.LAB_WAY ?? "asynchronous";

export const options: Options = {
  scenarios: {
    work: {
      executor: "constant-vus",
      exec: "work",
      vus: 20,
      duration: "10s",
    },
    neighbour: {
      executor: "constant-arrival-rate",
      exec: "neighbour",
      rate: 9,
      timeUnit: "1s",
      duration: "10s",
      preAllocatedVUs: 5,
      maxVUs: 50,
    },
  },
  thresholds: {
    checks: ["rate==1"],
    "http_req_duration{scenario:neighbour}": ["p(95)<50"],
  },
};

export function work(): void {
  const answer = http.get(`${BASE_URL}/${WORK}/${WAY}`, { tags: { name: `GET /${WORK}/${WAY}` } });
  check(answer, { "work done": ({ status }) => status === 200 });
}

export function neighbour(): void {
  const answer = http.get(`${BASE_URL}/subscribers`, { tags: { name: "GET /subscribers" } });
  check(answer, { "neighbour served": ({ status }) => status === 200 });
}
