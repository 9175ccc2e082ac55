// Covers: http.expectedStatuses, setResponseCallback, params.responseCallback, http_req_failed, expected_response
import { check } from "k6";
import http from "k6/http";

const BASE = __ENV.BASE;
http.setResponseCallback(http.expectedStatuses({ min: 200, max: 299 }, 404));
export const options = {
  iterations: 2,
  thresholds: { http_req_failed: ["rate==0.25"], "http_reqs{expected_response:false}": ["count==2"] },
};

export default function () {
  check(http.get(`${BASE}/status/404`), { "404 expected": (r) => r.status === 404 });
  http.get(`${BASE}/status/500`);
  http.get(`${BASE}/status/500`, { responseCallback: http.expectedStatuses(500) });
  http.get(`${BASE}/status/200`);
  http.get(`${BASE}/status/500`, { responseCallback: null });
}
