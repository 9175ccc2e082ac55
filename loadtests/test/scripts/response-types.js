// Covers: responseType text, binary and none, discardResponseBodies, compression of requests, gzip replies, timeouts, timings
import { check } from "k6";
import http from "k6/http";

const BASE = __ENV.BASE;
export const options = { iterations: 1, discardResponseBodies: true };

export default function () {
  check(http.get(`${BASE}/echo`), { discarded: (r) => r.body === null && r.status === 200 });
  check(http.get(`${BASE}/echo`, { responseType: "text" }), { text: (r) => typeof r.body === "string" });
  check(http.get(`${BASE}/bytes/70000`, { responseType: "binary" }), {
    binary: (r) => r.body.byteLength === 70000,
  });
  check(http.get(`${BASE}/gzip`, { responseType: "text" }), { gunzipped: (r) => r.json("packed") === true });
  const packed = http.post(`${BASE}/echo`, "aaaa".repeat(100), { compression: "gzip", responseType: "text" });
  check(packed, { packed: (r) => r.json("headers.content-encoding") === "gzip" && r.json("bytes") < 100 });
  check(http.get(`${BASE}/delay/2000`, { timeout: "100ms" }), {
    "timed out": (r) => r.status === 0 && r.error_code === 1050,
  });
  const { timings } = http.get(`${BASE}/delay/30`);
  check(timings, {
    timings: (t) => t.waiting >= 25 && Math.abs(t.duration - t.sending - t.waiting - t.receiving) < 0.001,
  });
}
