// Covers: constant-arrival-rate that drops iterations when no virtual user is free, dropped_iterations, response_time
import { check } from "k6";
import http from "k6/http";

export const options = {
  scenarios: {
    open: {
      executor: "constant-arrival-rate",
      rate: 50,
      timeUnit: "1s",
      duration: "1s",
      preAllocatedVUs: 1,
      maxVUs: 1,
    },
  },
  thresholds: { dropped_iterations: ["count>10"], iterations: ["count<40"] },
};

export default function () {
  check(http.get(`${__ENV.BASE}/delay/60`), { ok: (r) => r.status === 200 });
}
