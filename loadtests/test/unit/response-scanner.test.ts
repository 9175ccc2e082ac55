import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ResponseScanner } from "../../src/engine/embedded/http/response-scanner.js";

interface Reading {
  readonly status: number;
  readonly body: string;
  readonly isDone: boolean;
  readonly keepAlive: boolean;
  readonly used: number;
  readonly malformed: boolean;
}

/** Reads a response given in pieces, each in the same buffer, which is overwritten after each. */
function read(pieces: readonly Buffer[], isHead = false): Reading {
  const scanner = new ResponseScanner();
  const shared = Buffer.alloc(64 * 1024);
  scanner.begin(isHead, true);
  let used = 0;
  for (const piece of pieces) {
    if (scanner.isDone) break;
    piece.copy(shared);
    used += scanner.feed(shared.subarray(0, piece.length));
    shared.fill(0xff);
  }
  const { status, isDone, keepAlive, malformed } = scanner;
  const body = isDone || scanner.endsWithConnection ? scanner.takeBody().toString("utf8") : "";
  return { status, body, isDone, keepAlive, used, malformed: malformed !== null };
}

function pieces(text: string, cuts: readonly number[]): Buffer[] {
  const bytes = Buffer.from(text);
  const at = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((start, index) => bytes.subarray(start, at[index] ?? bytes.length));
}

function chunked(body: string, sizes: readonly number[]): string {
  const bytes = Buffer.from(body);
  let text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  let position = 0;
  for (let turn = 0; position < bytes.length; turn++) {
    const size = Math.max(1, sizes[turn % Math.max(1, sizes.length)] ?? bytes.length);
    const piece = bytes.subarray(position, position + size);
    text += `${piece.length.toString(16)}\r\n${piece.toString("latin1")}\r\n`;
    position += size;
  }
  return `${text}0\r\n\r\n`;
}

describe("the response scanner", () => {
  it("reads the same response however it is cut into reads", () => {
    const cuts = fc.array(fc.nat(400), { maxLength: 12 });
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), cuts, (body, where) => {
        const length = Buffer.byteLength(body);
        const text = `HTTP/1.1 200 OK\r\nServer: x\r\nCONTENT-length:  ${length} \r\n\r\n${body}`;
        const found = read(pieces(text, where));
        assert.deepEqual(found, {
          status: 200,
          body,
          isDone: true,
          keepAlive: true,
          used: Buffer.byteLength(text),
          malformed: false,
        });
      }),
    );
  });

  it("joins chunks of any size, cut anywhere", () => {
    const ascii = fc.string({ maxLength: 80 });
    fc.assert(
      fc.property(
        ascii,
        fc.array(fc.nat(9), { maxLength: 5 }),
        fc.array(fc.nat(500)),
        (body, sizes, where) => {
          const text = chunked(body, sizes);
          const found = read(pieces(text, where));
          assert.equal(found.body, body);
          assert.equal(found.isDone, true);
          assert.equal(found.used, text.length);
        },
      ),
    );
  });

  it("stops at the end of a response and leaves what follows", () => {
    const text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 No\r\n\r\n";
    const found = read([Buffer.from(text)]);
    assert.equal(found.body, "ok");
    assert.equal(found.used, text.indexOf("okHTTP") + 2);
  });

  const table: readonly (readonly [what: string, text: string, expected: Partial<Reading>])[] = [
    ["HTTP/1.0 closes", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", { isDone: true, keepAlive: false }],
    [
      "HTTP/1.0 may keep alive",
      "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n",
      { keepAlive: true },
    ],
    [
      "close is obeyed",
      "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
      { keepAlive: false },
    ],
    ["204 has no body", "HTTP/1.1 204 No\r\nContent-Length: 4\r\n\r\n", { isDone: true, status: 204 }],
    [
      "304 has no body",
      "HTTP/1.1 304 No\r\nTransfer-Encoding: chunked\r\n\r\n",
      { isDone: true, status: 304 },
    ],
    [
      "103 is passed over",
      "HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
      { status: 200, isDone: true },
    ],
    [
      "no length reads to the end",
      "HTTP/1.1 200 OK\r\n\r\nabc",
      { body: "abc", isDone: false, keepAlive: false },
    ],
    [
      "chunked beats content-length",
      "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
      { body: "a", isDone: true },
    ],
    ["a status without a reason", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", { status: 200, isDone: true }],
    ["another protocol is malformed", "SSH-2.0-OpenSSH\r\n", { malformed: true }],
    ["a negative length is malformed", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", { malformed: true }],
    [
      "a chunk longer than it says is malformed",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
      { malformed: true },
    ],
  ];
  for (const [what, text, expected] of table) {
    it(`knows that ${what}`, () => {
      const found = read([Buffer.from(text)]);
      for (const [key, value] of Object.entries(expected))
        assert.equal(found[key as keyof Reading], value, key);
    });
  }

  it("gives HEAD no body whatever the headers say", () => {
    const found = read([Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")], true);
    assert.equal(found.isDone, true);
    assert.equal(found.body, "");
  });

  it("refuses a header section without end", () => {
    const scanner = new ResponseScanner();
    scanner.begin(false, true);
    scanner.feed(Buffer.from("HTTP/1.1 200 OK\r\n"));
    for (let turn = 0; turn < 40 && scanner.malformed === null; turn++)
      scanner.feed(Buffer.alloc(10_000, "a"));
    assert.notEqual(scanner.malformed, null);
  });
});
