// Covers: Counter, Gauge, Rate, Trend, Trend with isTime, tags on add, thresholds on custom metrics and parts
import { check } from "k6";
import http from "k6/http";
import { Counter, Gauge, Rate, Trend } from "k6/metrics";

const sent = new Counter("my_sent");
const size = new Gauge("my_size");
const good = new Rate("my_good");
const waiting = new Trend("my_waiting", true);
const score = new Trend("my_score");

export const options = {
  iterations: 10,
  vus: 2,
  thresholds: {
    my_sent: ["count==10"],
    my_good: ["rate==0.5"],
    "my_score{kind:even}": ["max==8"],
    my_waiting: ["p(95)<5000"],
  },
};

export default function () {
  const response = http.get(`${__ENV.BASE}/echo`);
  sent.add(1);
  size.add(response.body.length);
  good.add(response.status === 200);
  good.add(0);
  waiting.add(response.timings.waiting);
  for (const value of [1, 8]) score.add(value, { kind: value % 2 === 0 ? "even" : "odd" });
  check(response, { ok: (r) => r.status === 200 });
}
