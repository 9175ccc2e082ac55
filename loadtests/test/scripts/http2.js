// Covers: HTTP/2 where the server offers it, proto, cookies, redirects, forms and batches over it, the proto tag
import { check } from "k6";
import http from "k6/http";

export const options = {
  iterations: 2,
  insecureSkipTLSVerify: true,
  thresholds: {
    "http_reqs{proto:HTTP/2.0}": ["count==18"],
    "http_reqs{proto:HTTP/1.1}": ["count==1"],
    "http_req_tls_handshaking{proto:HTTP/2.0}": ["max>0"],
  },
};

export function setup() {
  const { port } = http.get(`${__ENV.BASE}/secure`).json();
  return { base: `https://127.0.0.1:${port}` };
}

export default function ({ base }) {
  const first = http.get(`${base}/cookies/set?colour=red`);
  check(first, {
    "it speaks HTTP/2": (r) => r.proto === "HTTP/2.0" && r.status_text === "200 OK",
    "header names are canonical": (r) => r.headers["Content-Type"] === "application/json",
    "it sets a cookie": (r) => r.cookies.colour[0].value === "red",
  });
  check(http.get(`${base}/cookies`), { "the cookie comes back": (r) => r.json("colour") === "red" });
  check(http.get(`${base}/redirect/1`), {
    "redirects are followed": (r) => r.status === 200 && r.url === `${base}/echo`,
  });
  const form = http.post(
    `${base}/echo`,
    { user: "ann" },
    { headers: { Connection: "keep-alive", "X-Of-Ours": "1" } },
  );
  check(form, {
    "the form arrives": (r) => r.json("body") === "user=ann",
    "headers arrive, those of the connection left out": (r) => {
      const { headers } = r.json();
      return headers["x-of-ours"] === "1" && headers.connection === undefined;
    },
    "nothing is connected anew": (r) => r.timings.connecting === 0 && r.timings.tls_handshaking === 0,
  });
  const replies = http.batch([1, 2, 3].map((number) => ["GET", `${base}/echo?number=${number}`]));
  check(replies, {
    "each gets its own reply": (all) => all.every((r, index) => r.json("query.number") === String(index + 1)),
  });
  check(http.head(`${base}/echo`), { "HEAD has no body": (r) => r.status === 200 && !r.body });
}
