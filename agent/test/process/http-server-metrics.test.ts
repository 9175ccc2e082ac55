import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { test } from "node:test";
import { startProgram } from "./measured-program";

const PLAIN = "services/plain-http-with-odd-endings.cjs";
const COUNT = "http_server_request_duration_seconds_count";

function unmatched(status: number): string {
  return `${COUNT}{http_request_method="GET",http_route="unmatched",http_response_status_code="${status}"}`;
}

async function get(url: string): Promise<void> {
  await (await fetch(url)).text();
}

interface RouteCase {
  readonly fixture: string;
  readonly path: string;
  readonly route: string;
  readonly status: number;
}

const ROUTES: readonly RouteCase[] = [
  ["services/express-with-nested-routers.cjs", "/users/17", "/users/:user", 200],
  ["services/express-with-nested-routers.cjs", "/users/17/orders/4", "/users/:user/orders/:order", 200],
  ["services/express-with-nested-routers.cjs", "/users/17/orders", "/users/:user/orders", 200],
  ["services/express-with-nested-routers.cjs", "/orders/17", "/orders/:order", 200],
  ["services/express-with-nested-routers.cjs", "/second", "/first|/second", 200],
  ["services/express-with-nested-routers.cjs", "/late/9", "/late/:id", 200],
  ["services/express-with-nested-routers.cjs", "/throws/9", "/throws/:id", 500],
  ["services/express-with-nested-routers.cjs", "/nowhere/9", "unmatched", 404],
  ["services/fastify-with-prefixes.cjs", "/users/17", "/users/:user", 200],
  ["services/fastify-with-prefixes.cjs", "/orders/17?a=b", "/orders/:order", 200],
  ["services/fastify-with-prefixes.cjs", "/secret/17", "/secret/:name", 401],
  ["services/fastify-with-prefixes.cjs", "/nowhere/9", "unmatched", 404],
  ["services/koa-with-routers.cjs", "/users/17", "/users/:user", 200],
  ["services/koa-with-routers.cjs", "/users/17/orders/4", "/users/:user/orders/:order", 200],
  ["services/koa-with-routers.cjs", "/users/17/secret", "/users/:user/secret", 401],
  ["services/koa-with-routers.cjs", "/nowhere/9", "unmatched", 404],
  ["services/hono-with-parts.mjs", "/users/17?a=b", "/users/:user", 200],
  ["services/hono-with-parts.mjs", "/orders/17", "/orders/:order", 200],
  ["services/hono-with-parts.mjs", "/orders/17/throws", "/orders/:order/throws", 500],
  ["services/hono-with-parts.mjs", "/any/17", "/any/:way", 200],
  ["services/hono-with-parts.mjs", "/secret/17", "/secret/:name", 401],
  ["services/hono-with-parts.mjs", "/nowhere/9", "unmatched", 404],
  ["services/hono-as-commonjs.cjs", "/users/17", "/users/:user", 200],
].map(([fixture, path, route, status]) => ({ fixture, path, route, status }) as RouteCase);

for (const fixture of new Set(ROUTES.map((row) => row.fixture))) {
  test(`routes of ${fixture} are patterns, never paths`, async (t) => {
    const program = await startProgram(t, fixture);
    const rows = ROUTES.filter((row) => row.fixture === fixture);
    for (const { path } of rows) await get(program.url + path);
    const text = await program.metricsText();
    for (const { path, route, status } of rows) {
      const labels = `http_request_method="GET",http_route="${route}",http_response_status_code="${status}"`;
      assert.ok(text.includes(`${COUNT}{${labels}} 1\n`), `${path} is not counted as ${route} ${status}`);
    }
    // On a busy machine a block may be at line 17.
    assert.doesNotMatch(text, /(?<!line=")\b(17|\?a=b)"/);
    assert.equal(program.stderr(), "");
  });
}

test("every request is counted by status, and a frame says how many and how slow", async (t) => {
  const program = await startProgram(t, PLAIN);
  const frame = program.frameWhere(({ http }) => http.requests > 0);
  for (let times = 0; times < 7; times++) await get(`${program.url}/ok`);
  for (let times = 0; times < 3; times++) await get(`${program.url}/error`);
  await get(`${program.url}/slow?ms=120`);
  assert.equal(await program.metric(unmatched(200)), 8);
  assert.equal(await program.metric(unmatched(500)), 3);
  const { http: seen } = await frame;
  assert.ok(seen.requests > 0 && seen.requests <= 11);
  assert.equal(seen.durationHistogram.count, seen.requests);
  assert.equal(
    seen.byRoute.reduce((sum, route) => sum + route.requests, 0),
    seen.requests,
  );
  const quantile = 'loopscope_http_server_request_duration_quantile_seconds{http_request_method="GET",';
  const p99 = await program.metric(`${quantile}http_route="unmatched",quantile="0.99"}`);
  assert.ok(p99 !== undefined && p99 >= 0.119, `p99 is ${p99}`);
  assert.equal(await program.metric('loopscope_http_server_duration_quantile_seconds{quantile="0.99"}'), p99);
});

test("a request in flight is active until it ends", async (t) => {
  const program = await startProgram(t, PLAIN);
  const request = http.get(`${program.url}/never`);
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  const active = 'http_server_active_requests{http_request_method="GET"}';
  assert.equal(await program.metric(active), 1);
  response.on("error", () => undefined);
  request.destroy();
  await program.frameWhere((frame) => frame.http.active === 0);
  assert.equal(await program.metric(active), 0);
});

test("a client that goes away is counted as aborted, also behind a pipelined answer", async (t) => {
  const program = await startProgram(t, PLAIN);
  const frame = program.frameWhere(({ http }) => http.aborted > 0);
  const socket = net.connect(Number(new URL(program.url).port), "127.0.0.1");
  socket.write(
    "GET /never HTTP/1.1\r\nHost: localhost\r\n\r\nGET /slow?ms=60000 HTTP/1.1\r\nHost: localhost\r\n\r\n",
  );
  await once(socket, "data");
  socket.destroy();
  await frame;
  await program.frameWhere(({ http }) => http.active === 0);
  const aborted =
    'loopscope_http_server_aborted_requests_total{http_request_method="GET",http_route="unmatched"}';
  assert.equal(await program.metric(aborted), 2);
});

test("sizes of bodies are those that were announced", async (t) => {
  const program = await startProgram(t, PLAIN);
  await (await fetch(`${program.url}/echo`, { method: "POST", body: "x".repeat(1234) })).text();
  await get(`${program.url}/ok`);
  const labels = (method: string) => `{http_request_method="${method}",http_route="unmatched"}`;
  assert.equal(await program.metric(`http_server_request_body_size_bytes_sum${labels("POST")}`), 1234);
  assert.equal(await program.metric(`http_server_response_body_size_bytes_sum${labels("GET")}`), 4);
});

test("methods that a client invents share one label", async (t) => {
  const program = await startProgram(t, PLAIN);
  const socket = net.connect(Number(new URL(program.url).port), "127.0.0.1");
  socket.write("PROPFIND /ok HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  socket.resume();
  await once(socket, "close");
  const labels = 'http_request_method="_OTHER",http_route="unmatched",http_response_status_code="200"';
  assert.equal(await program.metric(`${COUNT}{${labels}}`), 1);
});

test("routes beyond the limit are folded into other, and counted", async (t) => {
  const program = await startProgram(t, "services/express-with-nested-routers.cjs", {
    env: { LOOPSCOPE_MAX_ROUTES: "2" },
  });
  for (const path of ["/users/1", "/orders/1", "/first", "/first", "/late/1"]) await get(program.url + path);
  const labels = 'http_request_method="GET",http_route="other",http_response_status_code="200"';
  assert.equal(await program.metric(`${COUNT}{${labels}}`), 3);
  assert.equal(await program.metric('loopscope_agent_dropped_total{part="routes"}'), 3);
});

test("a traced request becomes an exemplar in OpenMetrics, and only there", async (t) => {
  const program = await startProgram(t, PLAIN);
  const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
  const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
  await (await fetch(`${program.url}/ok`, { headers: { traceparent } })).text();
  const openMetrics = await program.metricsText({ accept: "application/openmetrics-text;version=1.0.0" });
  assert.match(
    openMetrics,
    new RegExp(
      `^http_server_request_duration_seconds_bucket.* # \\{trace_id="${traceId}",span_id="00f0.*"\\}`,
      "m",
    ),
  );
  assert.ok(openMetrics.endsWith("# EOF\n"));
  assert.doesNotMatch(await program.metricsText(), /trace_id/);
});

test("a service's objective is a bound of its own, on the page and by OTLP's name", async (t) => {
  const program = await startProgram(t, "services/plain-http-with-odd-endings.cjs", {
    env: { LOOPSCOPE_LATENCY_OBJECTIVES_MS: "300,120.5" },
  });
  await (await fetch(`${program.url}/slow?ms=200`)).text();
  const bucket = (le: string) =>
    program.metric(
      `http_server_request_duration_seconds_bucket{le="${le}",http_request_method="GET",http_route="unmatched",http_response_status_code="200"}`,
    );
  assert.equal(await bucket("0.1205"), 0);
  assert.equal(await bucket("0.3"), 1);
  assert.equal(await bucket("0.25"), 1);
});
