// Covers: http.url as a template, its name tag, thresholds by that name
import { check } from "k6";
import http from "k6/http";

export const options = { iterations: 5, thresholds: { "http_reqs{name:${}/crocodiles/${}}": ["count==5"] } };

export default function () {
  check(http.get(http.url`${__ENV.BASE}/crocodiles/${__ITER}`), {
    "the right one": (r) => r.json("id") === __ITER,
  });
}
