// Covers: k6/timers and the global timers, requests inside timers, an iteration that lasts until its timers are done
import { check } from "k6";
import http from "k6/http";
import { clearInterval, setInterval, setTimeout } from "k6/timers";

export const options = { iterations: 2, thresholds: { http_reqs: ["count==8"] } };

export default function () {
  let ticks = 0;
  const interval = setInterval(() => {
    ticks++;
    http.get(`${__ENV.BASE}/echo`);
    if (ticks === 3) clearInterval(interval);
  }, 10);
  setTimeout(() => {
    check(http.get(`${__ENV.BASE}/echo`), { ok: (r) => r.status === 200 });
  }, 5);
  const never = globalThis.setTimeout === undefined ? 0 : setTimeout(() => fail("cleared"), 50);
  clearTimeout(never);
}
