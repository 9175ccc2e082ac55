import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { bearer, gatewayStats, signToken, startGateway, startUpstream } from "./gateway-client.js";

const IN_TEN_MINUTES = Date.now() / 1000 + 600;

test("only a token with the right signature, algorithm and lifetime opens the gateway", async (context) => {
  const gateway = await startGateway(context);
  const ask = (headers: Record<string, string>) => fetch(`${gateway.url}/api/users/1`, { headers });
  const good = { sub: "ann", exp: IN_TEN_MINUTES };
  assert.equal((await ask({ authorization: `Bearer ${signToken(good)}` })).status, 200);
  const [header = "", payload = ""] = signToken(good).split(".");
  const refused: Record<string, string> = {
    "another secret": signToken(good, { secret: "guessed" }),
    "another algorithm": signToken(good, { algorithm: "none" }),
    "an old token": signToken({ sub: "ann", exp: Date.now() / 1000 - 1 }),
    "a token without an end": signToken({ sub: "ann" }),
    "a token for later": signToken({ ...good, nbf: IN_TEN_MINUTES }),
    "a token for nobody": signToken({ exp: IN_TEN_MINUTES }),
    "no signature": `${header}.${payload}.`,
    "half a signature": signToken(good).slice(0, -8),
    "no token at all": "letmein",
  };
  for (const [what, token] of Object.entries(refused)) {
    const answer = await ask({ authorization: `Bearer ${token}` });
    assert.equal(answer.status, 401, what);
    assert.match(answer.headers.get("www-authenticate") ?? "", /^Bearer/);
  }
  assert.equal((await ask({})).status, 401);
  assert.equal((await gatewayStats(gateway)).unauthorized, 10);
});

test("the three services are found by name, and an unknown one is not", async (context) => {
  const gateway = await startGateway(context);
  for (const service of ["users", "orders", "products"]) {
    const answer = await fetch(`${gateway.url}/api/${service}/7?a=b`, { headers: bearer("ann") });
    assert.equal(answer.status, 200);
    const body = (await answer.json()) as { service: string; path: string };
    assert.deepEqual([body.service, body.path], [service, "/7"]);
  }
  const unknown = await fetch(`${gateway.url}/api/payments/1`, { headers: bearer("ann") });
  assert.equal(unknown.status, 404);
});

test("hop-by-hop headers and the client's token stay behind, in both directions", async (context) => {
  let seen: IncomingHttpHeaders = {};
  const upstream = await startUpstream(context, (request, response) => {
    seen = request.headers;
    response.setHeader("connection", "x-internal");
    response.setHeader("x-internal", "secret");
    response.setHeader("keep-alive", "timeout=99");
    response.setHeader("x-kept", "yes");
    response.end("ok");
  });
  const gateway = await startGateway(context, { USERS_URL: upstream });
  const answer = await new Promise<{ headers: IncomingHttpHeaders }>((resolve, reject) => {
    const headers = {
      ...bearer("ann"),
      connection: "close, x-hop",
      "x-hop": "mine",
      te: "trailers",
      "x-end-to-end": "yours",
      "x-forwarded-for": "192.0.2.1",
    };
    httpRequest(`${gateway.url}/api/users/1`, { headers }, (response) => {
      response.resume();
      resolve(response);
    })
      .on("error", reject)
      .end();
  });
  assert.equal(seen["x-hop"], undefined);
  assert.equal(seen.te, undefined);
  assert.equal(seen.authorization, undefined);
  assert.equal(seen["x-end-to-end"], "yours");
  assert.equal(seen["x-client-subject"], "ann");
  assert.equal(seen["x-forwarded-for"], "192.0.2.1, 127.0.0.1");
  assert.equal(answer.headers["x-internal"], undefined);
  assert.equal(answer.headers["x-kept"], "yes");
  assert.notEqual(answer.headers["keep-alive"], "timeout=99");
});

test("a path that looks like another host stays a path of the service", async (context) => {
  const paths: (string | undefined)[] = [];
  const upstream = await startUpstream(context, (request, response) => {
    paths.push(request.url);
    response.end("mine");
  });
  const gateway = await startGateway(context, { USERS_URL: upstream });
  const answer = await fetch(`${gateway.url}/api/users//127.0.0.1:1/x?q=%2F`, { headers: bearer("ann") });
  assert.equal(await answer.text(), "mine");
  assert.deepEqual(paths, ["//127.0.0.1:1/x?q=%2F"]);
});

test("the first byte of an answer passes before the last one exists", async (context) => {
  let finish: () => void = () => undefined;
  const upstream = await startUpstream(context, (_request, response) => {
    response.write("first");
    finish = () => response.end(" last");
  });
  const gateway = await startGateway(context, { USERS_URL: upstream });
  const answer = await fetch(`${gateway.url}/api/users/1`, { headers: bearer("ann") });
  const reader = answer.body?.getReader();
  const first = await reader?.read();
  assert.equal(Buffer.from(first?.value ?? []).toString(), "first");
  finish();
  const last = await reader?.read();
  assert.equal(Buffer.from(last?.value ?? []).toString(), " last");
});

test("a large request body reaches the service byte for byte", async (context) => {
  const upstream = await startUpstream(context, (request, response) => {
    const hash = createHash("sha256");
    request.on("data", (chunk: Buffer) => hash.update(chunk));
    request.on("end", () => response.end(hash.digest("hex")));
  });
  const gateway = await startGateway(context, { ORDERS_URL: upstream });
  const body = randomBytes(20 * 1024 * 1024);
  for (const type of ["application/json", "application/octet-stream"]) {
    const headers = { ...bearer("ann"), "content-type": type };
    const answer = await fetch(`${gateway.url}/api/orders`.concat("/"), { method: "POST", headers, body });
    assert.equal(await answer.text(), createHash("sha256").update(body).digest("hex"));
  }
});

test("an answer is kept by path and query, and never shared when it is private", async (context) => {
  let calls = 0;
  const upstream = await startUpstream(context, (request, response) => {
    calls += 1;
    if (request.url?.startsWith("/private")) response.setHeader("cache-control", "private");
    if (request.url?.startsWith("/missing")) response.statusCode = 404;
    response.end(`answer ${calls}`);
  });
  const gateway = await startGateway(context, { PRODUCTS_URL: upstream });
  const ask = async (path: string, method = "GET") => {
    const answer = await fetch(`${gateway.url}/api/products/${path}`, { method, headers: bearer("ann") });
    return `${answer.headers.get("x-cache")}: ${await answer.text()}`;
  };
  assert.equal(await ask("1"), "MISS: answer 1");
  assert.equal(await ask("1"), "HIT: answer 1");
  assert.equal(await ask("1?page=2"), "MISS: answer 2");
  assert.equal(await ask("1", "POST"), "BYPASS: answer 3");
  assert.equal(await ask("private"), "MISS: answer 4");
  assert.equal(await ask("private"), "MISS: answer 5");
  assert.equal(await ask("missing"), "MISS: answer 6");
  assert.equal(await ask("missing"), "MISS: answer 7");
  assert.deepEqual((await gatewayStats(gateway)).cache, { hit: 1, miss: 6, stale: 0, shared: 0 });
});

test("when the service fails, an old answer is better than none", async (context) => {
  let broken = false;
  const upstream = await startUpstream(context, (_request, response) => {
    response.statusCode = broken ? 500 : 200;
    response.end(broken ? "broken" : "fine");
  });
  const gateway = await startGateway(context, { USERS_URL: upstream, CACHE_SECONDS: "0" });
  const ask = async () => {
    const answer = await fetch(`${gateway.url}/api/users/1`, { headers: bearer("ann") });
    return [answer.status, answer.headers.get("x-cache"), await answer.text()];
  };
  assert.deepEqual(await ask(), [200, "MISS", "fine"]);
  await delay(10);
  assert.deepEqual(await ask(), [200, "MISS", "fine"]);
  broken = true;
  await delay(10);
  assert.deepEqual(await ask(), [200, "STALE", "fine"]);
  assert.equal((await gatewayStats(gateway)).cache.stale, 1);
});

test("those who miss the same entry share one call; with cache-stampede each makes one", async (context) => {
  for (const [fault, expectedCalls] of [
    ["", 1],
    ["cache-stampede", 30],
  ] as const) {
    let calls = 0;
    const upstream = await startUpstream(context, (_request, response) => {
      calls += 1;
      setTimeout(() => response.end("slowly made"), 300);
    });
    const gateway = await startGateway(context, { USERS_URL: upstream, FAULT: fault });
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        fetch(`${gateway.url}/api/users/popular`, { headers: bearer(`client ${n}`) }),
      ),
    );
    for (const answer of answers) assert.equal(await answer.text(), "slowly made");
    assert.equal(calls, expectedCalls);
  }
});

test("calls in flight to a service never exceed the limit", async (context) => {
  let inFlight = 0;
  let most = 0;
  const upstream = await startUpstream(context, (_request, response) => {
    inFlight += 1;
    most = Math.max(most, inFlight);
    setTimeout(() => {
      inFlight -= 1;
      response.end("done");
    }, 30);
  });
  const gateway = await startGateway(context, { USERS_URL: upstream, OUTBOUND_LIMIT: "4" });
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, n) => fetch(`${gateway.url}/api/users/${n}`, { headers: bearer("ann") })),
  );
  for (const answer of answers) assert.equal(answer.status, 200);
  assert.equal(most, 4);
});

test("a client that leaves takes its call to the service with it", async (context) => {
  let arrived: () => void = () => undefined;
  const arrival = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  let closed: Promise<unknown> = Promise.resolve();
  const upstream = await startUpstream(context, (request) => {
    closed = once(request.socket, "close");
    arrived();
  });
  const gateway = await startGateway(context, { USERS_URL: upstream });
  const leaving = new AbortController();
  const answer = fetch(`${gateway.url}/api/users/1`, { headers: bearer("ann"), signal: leaving.signal });
  await arrival;
  leaving.abort();
  await assert.rejects(answer);
  await closed;
});

test("with json-proxying an answer is written anew, and without it passed on as it is", async (context) => {
  const answered = '{ "id" : 1 }';
  const upstream = await startUpstream(context, (_request, response) => {
    response.setHeader("content-type", "application/json").end(answered);
  });
  for (const [fault, expected] of [
    ["", answered],
    ["json-proxying", '{"id":1}'],
  ] as const) {
    const gateway = await startGateway(context, { FAULT: fault, USERS_URL: upstream });
    const answer = await fetch(`${gateway.url}/api/users/1`, { headers: bearer("ann") });
    assert.equal(await answer.text(), expected);
  }
});
