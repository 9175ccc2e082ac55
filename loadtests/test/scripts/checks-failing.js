// Covers: check with several predicates, its return value, values in place of functions, fail() caught
import { check, fail } from "k6";
import http from "k6/http";

export const options = { iterations: 2 };

export default function () {
  const response = http.get(`${__ENV.BASE}/status/404`);
  const passed = check(response, { "status is 404": (r) => r.status === 404, "a plain value": true });
  if (!passed) fail("unreachable");
  let message = "";
  try {
    fail("on purpose");
  } catch (error) {
    message = String(error);
  }
  check(message, { "fail throws its reason": (m) => m.includes("on purpose") });
  check(response, { "error code of a 404": (r) => r.error_code === 1404 });
}
