// Covers: setup with requests, data for every virtual user, teardown, handleSummary, console
import { check } from "k6";
import http from "k6/http";

export const options = { vus: 2, iterations: 4 };

export function setup() {
  const response = http.get(`${__ENV.BASE}/crocodiles`);
  return { ids: response.json("#.id"), token: "abc" };
}

export default function (data) {
  check(data, { "has the ids": (d) => d.ids.length === 2 && d.token === "abc" });
  data.token = "abc"; // each virtual user has its own copy
  check(http.get(`${__ENV.BASE}/crocodiles/${data.ids[0]}`), { ok: (r) => r.status === 200 });
}

export function teardown(data) {
  console.log(`teardown has ${data.ids.length} ids`);
  http.del(`${__ENV.BASE}/crocodiles/${data.ids[0]}`);
}

export function handleSummary(data) {
  return {
    stdout: `checks ${data.metrics.checks.values.passes}\n`,
    "summary.json": JSON.stringify({
      requests: data.metrics.http_reqs.values.count,
      setup: data.setup_data.token,
    }),
  };
}
