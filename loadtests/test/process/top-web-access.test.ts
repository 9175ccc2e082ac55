/** Who may ask the live page's server, and what it never gives away. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { createServer } from "node:net";
import { test } from "node:test";
import { freePort, startBlockingService } from "./blocking-service.js";
import { loopscope, workFolder } from "./loopscope-command.js";
import { startTopPage } from "./top-page.js";

const TOKEN = "a token of more than sixteen characters";

interface Answer {
  readonly status: number | undefined;
  readonly allow: string | undefined;
}

/** The status alone: a stream has no end to wait for. */
async function ask(
  url: string,
  method = "GET",
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const asking = request(url, { method, headers, agent: false }).end();
  const [response] = await once(asking, "response");
  response.destroy();
  return { status: response.statusCode, allow: response.headers.allow };
}

test("only the printed address is answered, by its own name, and each path by one method", async (context) => {
  const { address } = await startTopPage(context, await freePort());
  const { origin, host, port, pathname } = new URL(address);
  assert.match(pathname, /^\/[\w-]{22}$/);
  const rows: readonly (readonly [string, string, Readonly<Record<string, string>>, number])[] = [
    ["GET", address, {}, 200],
    ["GET", `${address}/`, {}, 200],
    ["GET", `${address}/stream`, {}, 200],
    ["GET", address, { host: `localhost:${port}` }, 200],
    ["GET", address, { host: "localhost:8080" }, 200],
    ["GET", address, { host: `attacker.example:${port}` }, 403],
    ["GET", address, { host: `127.0.0.1.attacker.example:${port}` }, 403],
    ["GET", origin, {}, 404],
    ["GET", `${origin}/stream`, {}, 404],
    ["GET", `${address.slice(0, -1)}`, {}, 404],
    ["GET", `${address}x`, {}, 404],
    ["GET", `${address}/stream/more`, {}, 404],
    ["GET", `${address}/toString`, {}, 404],
    ["POST", address, {}, 405],
    ["HEAD", address, {}, 405],
    ["OPTIONS", `${address}/profile`, {}, 405],
    ["GET", `${address}/profile`, {}, 405],
    ["POST", `${address}/profile`, { origin: "http://attacker.example" }, 403],
    ["POST", `${address}/profile`, { origin: `http://${host}`, "sec-fetch-site": "cross-site" }, 403],
    // Let in; there is no agent to take it from.
    ["POST", `${address}/profile`, { origin: `http://${host}`, "sec-fetch-site": "same-origin" }, 502],
  ];
  for (const [method, url, headers, status] of rows) {
    const answer = await ask(url, method, headers);
    assert.equal(answer.status, status, `${method} ${url} ${JSON.stringify(headers)}`);
  }
  assert.equal((await ask(`${address}/profile`)).allow, "POST");
});

test("neither the page nor its stream holds the agent's token", async (context) => {
  const port = await freePort();
  await startBlockingService(context, port, { environment: { LOOPSCOPE_TOKEN: TOKEN } });
  const { address } = await startTopPage(context, port, { LOOPSCOPE_TOKEN: TOKEN });
  const page = await fetch(address);
  assert.match(page.headers.get("content-security-policy") ?? "", /frame-ancestors 'none'/);
  assert.equal(page.headers.get("referrer-policy"), "no-referrer");
  assert.doesNotMatch(await page.text(), new RegExp(TOKEN));
  const stream = await fetch(`${address}/stream`);
  let text = "";
  for await (const chunk of stream.body ?? []) {
    text += Buffer.from(chunk).toString();
    if (/"state":"live"/.test(text) && /spinForAWhile/.test(text)) break;
  }
  assert.doesNotMatch(text, new RegExp(TOKEN));
});

test("a wrong token is said on the page", async (context) => {
  const port = await freePort();
  await startBlockingService(context, port, { environment: { LOOPSCOPE_TOKEN: TOKEN } });
  const { address } = await startTopPage(context, port, { LOOPSCOPE_TOKEN: "" });
  const stream = await fetch(`${address}/stream`);
  let text = "";
  for await (const chunk of stream.body ?? []) {
    text += Buffer.from(chunk).toString();
    if (/LOOPSCOPE_TOKEN is not its token/.test(text)) break;
  }
  assert.match(text, /"state":"waiting"/);
});

test("where no agent ever answered, Ctrl-C ends with 120", async (context) => {
  const top = await startTopPage(context, await freePort());
  assert.equal(await top.interrupt(), 120);
});

test("options that do not go together, and a port that is taken, are refused in a sentence", async (context) => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  context.after(() => taken.close());
  const address = taken.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const rows: readonly (readonly [readonly string[], RegExp])[] = [
    [["--web", "--once", "5"], /--once 5 prints the view and --web serves it: give one/],
    [["--web-port", "8123"], /--web-port 8123 is of use only with --web/],
    [["--web", "--web-port", "0"], /--web-port must be a whole number from 1 to 65535, got "0"/],
    [["--web", "--web-port", "65536"], /--web-port must be a whole number from 1 to 65535/],
    [
      ["--web", "--web-port", String(port)],
      new RegExp(`--web-port ${port} cannot be listened on: .*EADDRINUSE`),
    ],
  ];
  for (const [args, sentence] of rows) {
    const end = await loopscope(workFolder(context), ["top", "http://127.0.0.1:9", ...args]);
    assert.equal(end.code, 104, end.stderr);
    assert.match(end.stderr, sentence);
  }
});
