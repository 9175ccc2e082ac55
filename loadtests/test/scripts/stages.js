// Covers: the shortcut stages (ramping-vus), sleep, options as a module constant
import { check, sleep } from "k6";
import http from "k6/http";

export const options = {
  stages: [
    { duration: "400ms", target: 3 },
    { duration: "300ms", target: 3 },
    { duration: "300ms", target: 0 },
  ],
};

export default function () {
  check(http.get(`${__ENV.BASE}/echo`), { ok: (r) => r.status === 200 });
  sleep(0.05);
}
