// Covers: request headers, Host, userAgent, options.hosts, response headers in canonical form, response.request, noConnectionReuse
import { check } from "k6";
import http from "k6/http";

const { host } = { host: __ENV.BASE.replace("http://", "") };
const port = host.split(":")[1];
export const options = {
  iterations: 2,
  userAgent: "tester/1.0",
  hosts: { "shop.test": host },
  noConnectionReuse: true,
};

export default function () {
  const response = http.get(`http://shop.test:${port}/echo?q=1`, {
    headers: { "X-Trace": "abc", Accept: "*/*" },
  });
  check(response, {
    "by another address": (r) => r.json("headers.host") === `shop.test:${port}`,
    agent: (r) => r.json("headers.user-agent") === "tester/1.0",
    header: (r) => r.json("headers.x-trace") === "abc",
    canonical: (r) => r.headers["Content-Type"] === "application/json",
    "request shown": (r) => r.request.headers["X-Trace"][0] === "abc" && r.request.method === "GET",
    remote: (r) => r.remote_ip === "127.0.0.1" && r.remote_port === Number(port),
    proto: (r) => r.proto === "HTTP/1.1" && r.status_text === "200 OK",
  });
}
