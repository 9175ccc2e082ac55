import assert from "node:assert/strict";
import { test } from "node:test";
import { LastReply } from "../../src/engine/embedded/http/last-reply.js";

const HEAD = {
  status: 200,
  statusText: "200 OK",
  headerText: "",
  isHttp10: false,
  keepAlive: true,
  keepAliveSeconds: 0,
};
const HEAD_TEXT = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n";

/** A buffer as a connection reads into it, longer than the reply. @returns same head, same all over */
function compare(last: LastReply, text: string): readonly [boolean, boolean] {
  const words = new Int32Array(64).fill(-1);
  const bytes = new Uint8Array(words.buffer);
  bytes.set(Buffer.from(text, "latin1"));
  return [last.hasSameHead(bytes, words, text.length), last.isAgain(bytes, words, text.length)];
}

test("a reply that differs in any byte of its head is another, in a byte of its body only another body", () => {
  const last = new LastReply();
  const reply = `${HEAD_TEXT}answer`;
  last.keep(Buffer.from(reply), HEAD_TEXT.length, HEAD, null);
  assert.deepEqual(compare(last, reply), [true, true]);
  for (let at = 0; at < reply.length; at++) {
    const other = `${reply.slice(0, at)}\u0001${reply.slice(at + 1)}`;
    assert.deepEqual(compare(last, other), [at >= HEAD_TEXT.length, false], `byte ${at}`);
  }
  assert.deepEqual(compare(last, reply.slice(0, -1)), [false, false]);
  assert.deepEqual(compare(last, `${reply}x`), [false, false]);
});

for (const { length, kept } of [
  { length: 16 * 1024, kept: true },
  { length: 16 * 1024 + 1, kept: false },
]) {
  test(`a reply of ${length} bytes is ${kept ? "" : "not "}remembered`, () => {
    const last = new LastReply();
    last.keep(Buffer.from(`${HEAD_TEXT}answer`), HEAD_TEXT.length, HEAD, null);
    last.keep(Buffer.alloc(length), length, HEAD, null);
    assert.equal(last.head !== null, kept);
  });
}
