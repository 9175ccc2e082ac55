// Covers: several scenarios, all six executors, exec, env, startTime, gracefulStop, maxVUs, timeUnit
import { check } from "k6";
import exec from "k6/execution";
import http from "k6/http";

const quick = { gracefulStop: "1s" };
export const options = {
  scenarios: {
    shared: {
      executor: "shared-iterations",
      vus: 2,
      iterations: 5,
      maxDuration: "5s",
      exec: "named",
      env: { WHO: "shared" },
      ...quick,
    },
    each: {
      executor: "per-vu-iterations",
      vus: 2,
      iterations: 3,
      exec: "named",
      env: { WHO: "each" },
      ...quick,
    },
    steady: {
      executor: "constant-vus",
      vus: 1,
      duration: "1s",
      exec: "named",
      env: { WHO: "steady" },
      ...quick,
    },
    ramp: {
      executor: "ramping-vus",
      startVUs: 1,
      stages: [{ duration: "1s", target: 2 }],
      gracefulRampDown: "0s",
      exec: "named",
      env: { WHO: "ramp" },
      ...quick,
    },
    rate: {
      executor: "constant-arrival-rate",
      rate: 600,
      timeUnit: "1m",
      duration: "1s",
      preAllocatedVUs: 2,
      maxVUs: 4,
      exec: "named",
      env: { WHO: "rate" },
      ...quick,
    },
    ramped: {
      executor: "ramping-arrival-rate",
      startRate: 10,
      timeUnit: "1s",
      stages: [{ duration: "1s", target: 20 }],
      preAllocatedVUs: 3,
      startTime: "200ms",
      exec: "named",
      env: { WHO: "ramped" },
      ...quick,
    },
  },
  thresholds: { "iterations{scenario:shared}": ["count==5"], "iterations{scenario:each}": ["count==6"] },
};

export function named() {
  const response = http.get(`${__ENV.BASE}/echo?who=${__ENV.WHO}`);
  check(response, { "env of its scenario": (r) => r.json("query.who") === exec.scenario.name });
}
