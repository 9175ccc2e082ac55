// Covers: group, nested groups, request tags, name tag, options.tags, scenario tags, exec.vu.metrics.tags, thresholds on tags
import { check, group } from "k6";
import exec from "k6/execution";
import http from "k6/http";

const BASE = __ENV.BASE;
export const options = {
  tags: { team: "shop" },
  scenarios: { buy: { executor: "per-vu-iterations", vus: 2, iterations: 2, tags: { kind: "purchase" } } },
  thresholds: {
    "http_reqs{name:item}": ["count==8"],
    "http_reqs{group:::outer::inner}": ["count==4"],
    "http_reqs{team:shop,kind:purchase}": ["count==12"],
    "checks{step:last}": ["rate==1"],
    "iterations{scenario:buy}": ["count==4"],
    "http_req_duration{phase:two}": ["p(95)<5000"],
  },
};

export default function () {
  group("outer", () => {
    http.get(`${BASE}/crocodiles/1`, { tags: { name: "item" } });
    group("inner", () => {
      http.get(`${BASE}/crocodiles/2`, { tags: { name: "item" } });
    });
  });
  exec.vu.metrics.tags.phase = "two";
  const value = group("gives back", () => http.get(`${BASE}/echo`));
  delete exec.vu.metrics.tags.phase;
  check(value, { "group returns": (r) => r.status === 200 }, { step: "last" });
}
