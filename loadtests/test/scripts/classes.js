// Covers: requests in class methods, in callbacks of lists, in helpers handed over as functions, and in retries
import { check, sleep } from "k6";
import http from "k6/http";

class Api {
  #base;
  constructor(base) {
    this.#base = base;
  }
  get(path) {
    return http.get(`${this.#base}${path}`);
  }
  static open(base) {
    return new Api(base);
  }
}

const retry = (times, action) => {
  for (let attempt = 0; attempt < times; attempt++) {
    const result = action(attempt);
    if (result.status === 200) return result;
    sleep(0.001);
  }
  return null;
};

const steps = { list: (api) => api.get("/crocodiles"), one: (api) => api.get("/crocodiles/1") };

export const options = { iterations: 2, thresholds: { http_reqs: ["count==20"] } };

export default function () {
  const api = Api.open(__ENV.BASE);
  check(
    retry(3, (n) => api.get(n < 2 ? "/status/503" : "/echo")),
    { "third time": (r) => r !== null && r.status === 200 },
  );
  for (const name of Object.keys(steps)) check(steps[name](api), { [name]: (r) => r.status === 200 });
  const statuses = [1, 2].map((id) => api.get(`/crocodiles/${id}`).status);
  check(statuses, { "mapped in order": (all) => all.join() === "200,200" });
  const found = [500, 200].find((status) => api.get(`/status/${status}`).status === 200);
  check(found, { found: (f) => f === 200 });
  check(null, { "request inside a check": () => api.get("/echo").status === 200 });
}
