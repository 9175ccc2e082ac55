// Covers: options.rps over all virtual users, minIterationDuration, randomSeed
import { check, randomSeed } from "k6";
import http from "k6/http";

export const options = { vus: 4, iterations: 12, rps: 40, minIterationDuration: "20ms" };

const startedAt = Date.now();

export default function () {
  randomSeed(7);
  const first = Math.random();
  randomSeed(7);
  check(Math.random(), { repeats: (value) => value === first });
  check(http.get(`${__ENV.BASE}/echo`), { ok: (r) => r.status === 200 });
  if (__ITER === 2) check(Date.now() - startedAt, { "held back": (ms) => ms >= 150 });
}
