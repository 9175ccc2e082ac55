// Covers: http.get, head, post, put, patch, del, options, request; JSON bodies; response.json with a selector
import { check } from "k6";
import http from "k6/http";

const BASE = __ENV.BASE;
export const options = { iterations: 3, vus: 1 };

export default function () {
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify({ name: "Bert" });
  check(http.get(`${BASE}/crocodiles`), {
    "lists two": (r) => r.json("#") === 2,
    names: (r) => r.json("1.name") === "Ed",
  });
  check(http.head(`${BASE}/crocodiles/1`), { "head has no body": (r) => r.status === 200 && !r.body });
  check(http.post(`${BASE}/crocodiles`, body, { headers }), {
    created: (r) => r.status === 201 && r.json().name === "Bert",
  });
  check(http.put(`${BASE}/crocodiles/1`, body, { headers }), { put: (r) => r.json("id") === 1 });
  check(http.patch(`${BASE}/crocodiles/1`, body, { headers }), { patched: (r) => r.status === 200 });
  check(http.del(`${BASE}/crocodiles/1`), { deleted: (r) => r.status === 204 });
  check(http.options(`${BASE}/echo`), { options: (r) => r.json("method") === "OPTIONS" });
  check(http.request("PROPFIND", `${BASE}/echo`), { "any verb": (r) => r.json("method") === "PROPFIND" });
}
