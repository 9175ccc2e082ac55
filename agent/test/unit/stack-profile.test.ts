import assert from "node:assert/strict";
import { test } from "node:test";
import type { RawFrame } from "../../src/eventloop/block-report";
import { findCulprit, mergeStacks } from "../../src/eventloop/stack-profile";

/** `name:line` innermost first; `node:name` is Node's own, `[name]` built in, `^name` awaits. */
function stack(text: string): RawFrame[] {
  return text.split(" ").map((word) => {
    const [, kind = "", name = "", line] = /^(node:|\[|\^)?([\w.]+)\]?(?::(\d+))?$/.exec(word) ?? [];
    return {
      function: name,
      file: kind === "[" ? null : kind === "node:" ? "node:fs" : "/app.js",
      line: line === undefined ? 1 : Number(line),
      column: 1,
      functionLine: 1,
      functionColumn: 1,
      atEntry: false,
      awaits: kind === "^",
    };
  });
}

const TABLE: readonly (readonly [string, readonly string[], string, number])[] = [
  ["one leaf holds all", ["spin:3 handler:9", "spin:3 handler:9"], "spin:3", 1],
  [
    "the commonest line of the leaf is named",
    ["spin:3 main:9", "spin:4 main:9", "spin:4 main:9"],
    "spin:4",
    1,
  ],
  [
    "helpers without a majority lead to their caller",
    ["a:1 f:5 m:9", "b:2 f:6 m:9", "c:3 f:6 m:9"],
    "f:6",
    0,
  ],
  ["built-ins are their caller's", ["[RegExp.test] check:4 m:9"], "check:4", 1],
  ["Node's own code is its caller's", ["node:readFileSync load:7 m:9"], "load:7", 1],
  ["samples of Node alone count for nothing", ["node:tick", "work:3 m:9"], "work:3", 1],
  ["who awaits does not run", ["work:3 ^waiter:8"], "work:3", 1],
];

for (const [name, stacks, place, selfShare] of TABLE) {
  test(name, () => {
    const culprit = findCulprit(stacks.map(stack));
    assert.equal(`${culprit?.stack[0]?.function}:${culprit?.stack[0]?.line}`, place);
    assert.equal(culprit?.selfShare, selfShare);
  });
}

test("what the culprit was calling in most samples is told beside it", () => {
  assert.equal(findCulprit([stack("[RegExp.test] check:4")])?.callee, "RegExp.test");
  assert.equal(findCulprit([stack("node:readFileSync load:4")])?.callee, "fs.readFileSync");
  assert.equal(findCulprit([stack("load:4"), stack("load:4"), stack("[JSON.parse] load:4")])?.callee, null);
});

test("no stack, no culprit", () => {
  assert.equal(findCulprit([]), null);
});

test("equal stacks are counted, the most frequent first", () => {
  const merged = mergeStacks([stack("a:1"), stack("b:1"), stack("b:1")]);
  assert.deepEqual(
    merged.map(({ frames, samples }) => [frames[0]?.function, samples]),
    [
      ["b", 2],
      ["a", 1],
    ],
  );
});
