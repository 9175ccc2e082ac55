// Covers: async default function, await, http.asyncRequest, Promise.all, async helper functions
import { check } from "k6";
import http from "k6/http";

const BASE = __ENV.BASE;
export const options = { iterations: 2, thresholds: { http_reqs: ["count==10"] } };

async function load(path) {
  const response = await http.asyncRequest("GET", `${BASE}${path}`);
  return response.status;
}

export default async function () {
  const statuses = await Promise.all([load("/echo"), load("/status/201"), load("/delay/10")]);
  check(statuses, { "all at once": (s) => s.join() === "200,201,200" });
  const blocking = http.get(`${BASE}/echo`);
  check(blocking, { "blocking too": (r) => r.status === 200 });
  // Not awaited: the iteration still lasts until it is done.
  http.asyncRequest("GET", `${BASE}/echo`).then((r) => check(r, { later: (x) => x.status === 200 }));
}
