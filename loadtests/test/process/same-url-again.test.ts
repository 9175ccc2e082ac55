/** Replies that are alike in part or in whole are not read twice: still each request gets its own. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fixturePath, runScript } from "./embedded-runs.js";
import { serveMisbehaving, writeSlowly } from "./misbehaving-server.js";

interface Sent {
  readonly status: number;
  readonly body: string;
  /** Of the header `Mark`. */
  readonly mark?: string;
  readonly method?: "HEAD";
  /** The script wants no body. */
  readonly discards?: true;
  /** What the request is to carry. */
  readonly cookie?: string;
  readonly text: string;
  readonly slowly?: true;
}

function plain(body: string, mark?: string): Sent {
  const header = mark === undefined ? "" : `Mark: ${mark}\r\n`;
  return {
    status: 200,
    body,
    ...(mark === undefined ? {} : { mark }),
    text: `HTTP/1.1 200 OK\r\n${header}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  };
}

function chunked(body: string): Sent {
  const chunks = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
  return { status: 200, body, text: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}` };
}

const teapot: Sent = { status: 418, body: "one", text: "HTTP/1.1 418 OK\r\nContent-Length: 3\r\n\r\none" };
const empty: Sent = { status: 204, body: "", text: "HTTP/1.1 204 OK\r\nContent-Length: 3\r\n\r\n" };
const headOnly: Sent = {
  ...plain("one"),
  method: "HEAD",
  text: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n",
};
const interim: Sent = { ...plain("one"), text: `HTTP/1.1 102 Wait\r\n\r\n${plain("one").text}` };
const long = "x".repeat(40_000);
const cookie: Sent = {
  status: 200,
  body: "one",
  text: "HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nContent-Length: 3\r\n\r\none",
};

const ROWS: readonly (readonly [name: string, sent: readonly Sent[]])[] = [
  ["always the same", [plain("one")]],
  ["another body of the same length", [plain("one"), plain("two"), plain("two"), plain("öö")]],
  ["another body of another length", [plain("one"), plain("three"), plain("")]],
  ["another header of the same length", [plain("one", "a"), plain("one", "b"), plain("two", "b")]],
  ["another status", [plain("one"), teapot, teapot]],
  ["nothing, with a length", [empty, empty, plain("one")]],
  ["HEAD in between", [plain("one"), headOnly, plain("one"), plain("two"), headOnly, headOnly]],
  ["chunks", [chunked("one"), chunked("one"), chunked("two"), plain("one")]],
  ["an interim reply before it", [interim, interim, plain("one")]],
  [
    "bodies that nobody wants in between",
    [{ ...plain("one"), discards: true }, plain("one"), chunked("one")],
  ],
  [
    "chunks that nobody wants in between",
    [{ ...chunked("one"), discards: true }, chunked("one"), { ...chunked("two"), discards: true }],
  ],
  ["a byte at a time", [plain("one"), { ...plain("one"), slowly: true }, plain("one"), plain("two")]],
  ["bodies too long to be remembered", [plain(long), plain(long), plain(`${long}y`), plain("one")]],
];

for (const secure of [false, true]) {
  describe(secure ? "over TLS" : "without TLS", () => {
    for (const [name, sent] of ROWS) {
      it(name, async () => {
        await isAnsweredRight(sent, secure);
      });
    }
  });
}

it("keeps the cookie of a reply that comes again", async () => {
  await isAnsweredRight([cookie, { ...cookie, cookie: "a=1" }], false, 2);
});

it("uses no connection again whose replies say that it closes, however alike they are", async () => {
  const closing: Sent = {
    status: 200,
    body: "one",
    text: "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\none",
  };
  assert.equal(await isAnsweredRight([closing], false), 24);
});

it("throws a connection away on which more than a known reply came", async () => {
  const twice: Sent = { ...plain("one"), text: plain("one").text + plain("two").text };
  assert.equal(await isAnsweredRight([plain("one"), plain("one"), twice], false), 8);
});

/** @returns how many connections that took */
async function isAnsweredRight(sent: readonly Sent[], secure: boolean, iterations = 24): Promise<number> {
  const server = await serveMisbehaving((socket, _path, index) => {
    const { text, slowly } = sent[index % sent.length] as Sent;
    if (slowly === true) writeSlowly(socket, text);
    else socket.write(text);
  }, secure);
  const { result, lines } = await runScript(fixturePath("same-url-again.js"), {
    env: { BASE: server.url, SENT: JSON.stringify(sent) },
    overrides: { vus: 1, iterations },
  });
  await server.stop();
  assert.deepEqual(lines, []);
  assert.equal(result.requests.completed, iterations);
  assert.equal(result.latency.count, iterations);
  assert.deepEqual(
    result.checks.map(({ name, passes, fails }) => [name, passes, fails]),
    ["status", "body", "the mark in its headers", "cookies so far"].map((name) => [name, iterations, 0]),
  );
  return server.connections();
}
