import assert from "node:assert/strict";
import { test } from "node:test";
import type { Block } from "../../src/catalog/block";
import { BlockLog } from "../../src/eventloop/block-log";

const BLOCK: Block = {
  id: "1",
  at: 0,
  durationMs: 312.4,
  cause: "sync-crypto",
  function: "hashPassword",
  file: "/srv/src/users.ts",
  line: 41,
  column: 3,
  userFrame: null,
  stack: [],
  samples: 2,
  selfShare: 1,
  confidence: "exact",
  route: "/users",
  method: "POST",
  traceId: null,
  spanId: null,
  requestId: null,
  thread: "main",
  evidence: {
    cpuMs: 310,
    runQueueMs: 0,
    gcMs: 0,
    nativeCall: "crypto.pbkdf2Sync",
    nativeCallMs: 311,
    watchdogLateMs: 0,
    victimDelayMs: 0,
    victims: 0,
  },
  profile: [],
};

function createLog(format: "off" | "text" | "json", limit = 20) {
  const lines: string[] = [];
  let nowMs = 0;
  let drops = 0;
  const log = new BlockLog({
    format,
    limit,
    nowMs: () => nowMs,
    onDrop: () => drops++,
    write: (line) => lines.push(line),
  });
  return { log, lines, drops: () => drops, pass: (ms: number) => (nowMs += ms) };
}

test("a line says how long, why, where, calling what, and in which request", () => {
  const { log, lines } = createLog("text");
  log.ended(BLOCK);
  assert.deepEqual(lines, [
    "[loopscope] blocked 312 ms (sync-crypto) in hashPassword (/srv/src/users.ts:41) calling crypto.pbkdf2Sync during POST /users",
  ]);
});

test("what is not certain says so", () => {
  const { log, lines } = createLog("text");
  log.ended({ ...BLOCK, confidence: "inferred" });
  assert.match(lines[0] ?? "", /\[inferred\]$/);
});

test("a JSON line is one object with the block's fields", () => {
  const { log, lines } = createLog("json");
  log.ended(BLOCK);
  const line = JSON.parse(lines[0] ?? "");
  assert.equal(line.event, "block");
  assert.equal(line.function, "hashPassword");
  assert.equal("profile" in line, false);
});

test("off writes nothing", () => {
  const { log, lines } = createLog("off");
  log.ended(BLOCK);
  assert.deepEqual(lines, []);
});

test("lines beyond the limit are dropped, counted, and told of with the next line", () => {
  const { log, lines, drops, pass } = createLog("text", 2);
  for (let block = 0; block < 5; block++) log.ended(BLOCK);
  assert.equal(lines.length, 2);
  assert.equal(drops(), 3);
  pass(10_000);
  log.ended(BLOCK);
  assert.match(lines[2] ?? "", /\(3 earlier blocks not logged\)$/);
});
