/** What producers do at the jobs service: the steps that its scenarios are made of. */

import { check } from "k6";
import exec from "k6/execution";
import http from "k6/http";

const BASE_URL = __ENV.BASE_URL ?? "http://127.0.0.1:3000";

/** Of forty jobs most wait for another service; a few compute, read, print or settle. */
const RARE_JOBS: Readonly<Record<number, { readonly kind: string; readonly input: object }>> = {
  3: { kind: "count-primes", input: { limit: 30_000 } },
  9: { kind: "hash-passwords", input: { passwords: 8 } },
  15: { kind: "read-invoices", input: {} },
  21: { kind: "render-document", input: {} },
  27: { kind: "settle-ledger", input: { entries: 600_000 } },
  33: { kind: "count-primes", input: { limit: 30_000 } },
};
const COMMON_JOB = { kind: "fetch-quote", input: { delayMs: 20 } };

/** For `setup`: fails early when the service is not there. */
export function checkJobs(): void {
  const health = http.get(`${BASE_URL}/healthz`, { tags: { name: "GET /healthz" } });
  if (health.status !== 200) exec.test.abort(`${BASE_URL} is not the jobs service, or not well`);
}

/** Hands a job in and, one time in ten, asks what became of it. */
export function produce(): void {
  const turn = exec.scenario.iterationInTest;
  const job = RARE_JOBS[turn % 40] ?? COMMON_JOB;
  const posted = http.post(`${BASE_URL}/jobs`, JSON.stringify(job), {
    headers: { "Content-Type": "application/json" },
    tags: { name: "POST /jobs" },
  });
  check(posted, { "job accepted": (answer) => answer.status === 202 });
  if (turn % 10 === 0 && posted.status === 202) {
    const found = http.get(`${BASE_URL}/jobs/${String(posted.json("id"))}`, {
      tags: { name: "GET /jobs/:id" },
    });
    check(found, { "job known": (answer) => answer.status === 200 });
  }
}

/** For `teardown`: accepting a job is a promise, and this is where it is kept or not. */
export function checkWork(): void {
  const stats = http.get(`${BASE_URL}/stats`, { tags: { name: "GET /stats" } });
  check(stats, {
    "no job failed": (answer) => answer.json("ended.error") === 0,
    "no job timed out": (answer) => answer.json("ended.timeout") === 0,
  });
}
