import assert from "node:assert/strict";
import { test } from "node:test";
import { callsBefore } from "../../src/eventloop/call-scanner";

/** Callee of the last call that is complete before the mark `|`, in the same function. */
function lastCallee(marked: string): string | undefined {
  const offset = marked.indexOf("|");
  const before = marked.slice(0, offset).split("\n");
  const column = (before.at(-1) as string).length + 1;
  return callsBefore(marked.replace("|", ""), before.length, column).at(-1)?.callee;
}

const TABLE: readonly (readonly [string, string | undefined])[] = [
  ["function f() { const a = big.toString(); |g(a); }", "big.toString"],
  ["function f() { const a = xs.slice().sort(); |g(a); }", "sort"],
  ["function f() { return g(|h()); }", undefined],
  ["function f() { return g(h(), |i()); }", "h"],
  ["work(); function f() { |g(); }", undefined],
  ["work(); const f = () => { |g(); };", undefined],
  ["work(); class A { method(x) { |g(); } }", undefined],
  ["function f() { if (ready()) { |g(); } }", "ready"],
  ["function f() { xs.map((x) => { slow(x); }); |g(); }", "xs.map"],
  ["function f() { const text = 'a(b)'; |g(); }", undefined],
  [`function f() { const text = \`a(\${b})\`; |g(); }`, undefined],
  ["function f() { slow(); // other()\n |g(); }", "slow"],
  ["function f() { slow(); /* other() */ |g(); }", "slow"],
  ["function f() { slow(); const x = /a(b)/.source; |g(); }", "slow"],
  ["function f() { const x = a() / b / c; |g(); }", "a"],
  ["function f() { a?.b(); |g(); }", "a?.b"],
  ["function f() { for (const x of list()) { |g(x); } }", "list"],
];

for (const [text, callee] of TABLE) {
  test(`${JSON.stringify(text)} blames ${callee ?? "nothing"}`, () => {
    assert.equal(lastCallee(text), callee);
  });
}

test("the position of a call is that of the name that is called", () => {
  const text = "function f() {\n  const a = values\n    .sort();\n  g(a);\n}";
  assert.deepEqual(callsBefore(text, 4, 3).at(-1), { callee: "values.sort", line: 3, column: 6 });
});
