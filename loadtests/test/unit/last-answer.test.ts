import assert from "node:assert/strict";
import { test } from "node:test";
import { LastAnswer } from "../../src/engine/autocannon/last-answer.js";

const ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nanswer";

/** A buffer as a connection reads into it: longer than the answer, and with something else behind. */
function read(text: string): { bytes: Uint8Array; words: Int32Array; length: number } {
  const words = new Int32Array(64).fill(-1);
  const bytes = new Uint8Array(words.buffer);
  bytes.set(Buffer.from(text, "latin1"));
  return { bytes, words, length: text.length };
}

function isAgain(last: LastAnswer, text: string): boolean {
  const { bytes, words, length } = read(text);
  return last.isAgain(bytes, words, length);
}

for (const cut of [0, 1, 2, 3]) {
  test(`an answer of ${ANSWER.length - cut} bytes is known again, and none that differs in any one byte is`, () => {
    const answer = ANSWER.slice(0, ANSWER.length - cut);
    const last = new LastAnswer();
    last.keep(Buffer.from(answer), 200, true);
    assert.equal(isAgain(last, answer), true);
    assert.deepEqual([last.status, last.keepAlive], [200, true]);
    for (let at = 0; at < answer.length; at++) {
      const other = `${answer.slice(0, at)}\u0001${answer.slice(at + 1)}`;
      assert.equal(isAgain(last, other), false, `byte ${at}`);
    }
    assert.equal(isAgain(last, answer.slice(0, -1)), false);
    assert.equal(isAgain(last, `${answer}x`), false);
  });
}

test("a shorter answer after a longer one leaves nothing of that behind", () => {
  const last = new LastAnswer();
  last.keep(Buffer.from(ANSWER), 200, true);
  last.keep(Buffer.from("HTTP/1.1 204\r\n\r\n"), 204, false);
  assert.equal(isAgain(last, ANSWER), false);
  assert.equal(isAgain(last, "HTTP/1.1 204\r\n\r\n"), true);
  assert.deepEqual([last.status, last.keepAlive], [204, false]);
});

test("nothing is known again before anything was kept, or of more than 64 KiB", () => {
  const last = new LastAnswer();
  assert.equal(isAgain(last, ""), false);
  assert.equal(isAgain(last, ANSWER), false);
  const long = Buffer.alloc(65_537, "a");
  last.keep(long, 200, true);
  assert.equal(last.isAgain(long, new Int32Array(long.buffer, 0, 16_384), long.length), false);
});
