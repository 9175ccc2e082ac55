// Covers: http.batch with a list of lists, of objects and of URLs, and with an object; options batch and batchPerHost
import { check } from "k6";
import http from "k6/http";

const BASE = __ENV.BASE;
export const options = { iterations: 2, batch: 4, batchPerHost: 2 };

export default function () {
  const [one, two, three] = http.batch([
    ["GET", `${BASE}/delay/20`, null, { tags: { kind: "slow" } }],
    { method: "POST", url: `${BASE}/echo`, body: "x", params: { headers: { "X-A": "1" } } },
    `${BASE}/status/204`,
  ]);
  check(one, { first: (r) => r.json("delayed") === 20 });
  check(two, { second: (r) => r.json("body") === "x" && r.json("headers.x-a") === "1" });
  check(three, { third: (r) => r.status === 204 });
  const named = http.batch({ home: `${BASE}/html`, list: { method: "GET", url: `${BASE}/crocodiles` } });
  check(named, { "by key": (r) => r.home.status === 200 && r.list.json().length === 2 });
}
