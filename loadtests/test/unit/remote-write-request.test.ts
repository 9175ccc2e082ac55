import assert from "node:assert/strict";
import { test } from "node:test";
import { type RemoteWriteSample, remoteWriteBody } from "../../src/export/remote-write-request.js";
import { parseTrendStatistics } from "../../src/export/run-samples.js";

/** A reader of Snappy's block format for literals with two length bytes, written from the format's description. */
function readSnappy(body: Uint8Array): Buffer {
  const bytes = Buffer.from(body);
  let at = 0;
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes.readUInt8(at++);
    length += (byte & 127) * 2 ** shift;
    if (byte < 128) break;
  }
  const parts: Buffer[] = [];
  while (at < bytes.length) {
    assert.equal(bytes.readUInt8(at), 0xf4, "a literal with two length bytes");
    const size = bytes.readUInt16LE(at + 1) + 1;
    parts.push(bytes.subarray(at + 3, at + 3 + size));
    at += 3 + size;
  }
  const content = Buffer.concat(parts);
  assert.equal(content.length, length);
  return content;
}

const sample: RemoteWriteSample = {
  labels: { testid: "a", __name__: "k6_vus", empty: "" },
  value: 1.5,
  atMs: 1_795_216_353_877,
};

test("a sample is written as the protocol has it, byte for byte", () => {
  const name = `0a120a08${Buffer.from("__name__").toString("hex")}1206${Buffer.from("k6_vus").toString("hex")}`;
  const testid = `0a0b0a06${Buffer.from("testid").toString("hex")}1201${Buffer.from("a").toString("hex")}`;
  const point = "1210" + "09" + "000000000000f83f" + "10" + "d5d4eed99f34";
  const series = name + testid + point;
  const expected = `0a${(series.length / 2).toString(16)}${series}`;
  assert.equal(readSnappy(remoteWriteBody([sample])).toString("hex"), expected);
});

test("the end of a series is Prometheus' own marker", () => {
  const content = readSnappy(remoteWriteBody([{ ...sample, value: undefined }])).toString("hex");
  assert.ok(content.includes("09020000000000f07f10"), content);
});

test("a push of any size arrives whole: last length with one literal, first with two", () => {
  for (const length of [1, 65_535, 65_536, 65_537, 200_000]) {
    const body = remoteWriteBody([{ ...sample, labels: { __name__: "x".repeat(length) } }]);
    assert.ok(readSnappy(body).includes("x".repeat(length)), `${length}`);
  }
});

test("trend statistics are k6's words", () => {
  assert.deepEqual(
    parseTrendStatistics("p(95), p(99.9),avg,med").map((statistic) => statistic.suffix),
    ["p95", "p999", "avg", "med"],
  );
  for (const wrong of ["", "p95", "p(101)", "count"])
    assert.throws(() => parseTrendStatistics(wrong), /may name avg/);
});
