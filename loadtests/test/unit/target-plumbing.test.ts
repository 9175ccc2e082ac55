import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { findThresholdLines } from "../../src/cli/threshold-lines.js";
import { originOf, reachableHost } from "../../src/target/connection-probe.js";
import { withPreload } from "../../src/target/node-options.js";
import { ServerSentEventReader } from "../../src/target/server-sent-events.js";

test("Node itself understands the preload of a path with spaces and quotes, and the user's options after it", () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'loop "scope" \\ '));
  try {
    const preload = path.join(folder, "pre load.cjs");
    writeFileSync(preload, 'process.stdout.write("preloaded ");');
    const output = execFileSync(process.execPath, ["-e", "process.stdout.write(process.title)"], {
      env: { ...process.env, NODE_OPTIONS: withPreload(preload, "--title=mine") },
      encoding: "utf8",
    });
    assert.equal(output, "preloaded mine");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("an event stream is read whole, however it is cut into chunks", () => {
  const text =
    ': hello\r\nevent: frame\r\ndata: {"a":1}\r\n\r\nevent: block\ndata: {"b":\ndata: "é"}\n\ndata: plain\n\nevent: nothing\n\n';
  const expected = [
    { event: "frame", data: '{"a":1}' },
    { event: "block", data: '{"b":\n"é"}' },
    { event: "message", data: "plain" },
  ];
  const bytes = Buffer.from(text);
  for (const size of [1, 2, 3, 7, bytes.length]) {
    const reader = new ServerSentEventReader();
    const events = [];
    for (let at = 0; at < bytes.length; at += size)
      events.push(...reader.push(bytes.subarray(at, at + size)));
    assert.deepEqual(events, expected, `chunks of ${size}`);
  }
});

test("a server on every interface is reached by loopback, and IPv6 gets its brackets", () => {
  assert.equal(originOf(reachableHost("::"), 3000), "http://127.0.0.1:3000");
  assert.equal(originOf(reachableHost("0.0.0.0"), 3000), "http://127.0.0.1:3000");
  assert.equal(originOf(reachableHost("::1"), 3000), "http://[::1]:3000");
  assert.equal(originOf(reachableHost("127.0.0.1"), 80), "http://127.0.0.1:80");
});

test("a threshold is found at its own line of the script", () => {
  const source = [
    "// target_blocks: none",
    "export const options = {",
    "  thresholds: {",
    '    http_req_duration: ["p(95)<250",',
    '      "p(99)<500"],',
    '    target_blocks: ["count==0"],',
    "  },",
    "};",
  ].join("\n");
  const lines = findThresholdLines(source, [
    { metric: "http_req_duration", expression: "p(99)<500" },
    { metric: "target_blocks", expression: "count==0" },
    { metric: "checks", expression: "rate>0.9" },
  ]);
  assert.deepEqual(
    [...lines],
    [
      ["http_req_duration p(99)<500", 5],
      ["target_blocks count==0", 6],
    ],
  );
});
