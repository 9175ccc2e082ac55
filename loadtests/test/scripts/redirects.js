// Covers: following redirects, params.redirects, response.url, method rules of 302, 303 and 307
import { check } from "k6";
import http from "k6/http";

const BASE = __ENV.BASE;
export const options = { iterations: 1, maxRedirects: 5 };

export default function () {
  check(http.get(`${BASE}/redirect/3`), { followed: (r) => r.status === 200 && r.url === `${BASE}/echo` });
  check(http.get(`${BASE}/redirect/3`, { redirects: 0 }), {
    "not followed": (r) => r.status === 302 && r.headers.Location === "/redirect/2",
  });
  check(http.post(`${BASE}/see-other`, "x"), {
    "303 turns into GET": (r) => r.json("method") === "GET" && r.json("body") === "",
  });
  check(http.post(`${BASE}/temporary`, "x"), {
    "307 keeps method and body": (r) => r.json("method") === "POST" && r.json("body") === "x",
  });
}
