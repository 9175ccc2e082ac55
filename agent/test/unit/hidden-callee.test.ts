import assert from "node:assert/strict";
import { test } from "node:test";
import { hiddenIn } from "../../src/eventloop/hidden-callee";

/** What a sample at the mark `|` may hide: `any` callee, the one call by its name, or `nothing`. */
function hidden(marked: string, name: string, atEntry: boolean): string {
  const before = marked.slice(0, marked.indexOf("|")).split("\n");
  const text = marked.replace("|", "");
  const place = { line: before.length, column: (before.at(-1) as string).length + 1 };
  const frame = { function: name, file: "/a.js", ...place, functionLine: 1, functionColumn: 1 };
  const found = hiddenIn({ ...frame, atEntry, awaits: false }, text);
  if (found === null) return "nothing";
  return found.call === null ? "any" : `${found.call.callee} on line ${found.call.line}`;
}

const LOOPS: readonly (readonly [string, string])[] = [
  ["function f() { |for (const x of xs) sum += x; }", "nothing"],
  ["function f() { |for (const x of xs) sum += Math.sqrt(x); }", "nothing"],
  ["function g(x) { return x; }\nfunction f() { |for (const x of xs) sum += g(x); }", "any"],
  ["function g(x) { return x; }\nfunction f() { |for (const x of xs) { sum++; } g(1); }", "nothing"],
  ["const g = (x) => x;\nfunction f() { |while (g(x)) x++; }", "any"],
  ['import { g } from "./g.js";\nfunction f() { |for (;;) { g(); } }', "any"],
  ['const { g } = require("./g.js");\nfunction f() { |for (;;) { g(); } }', "any"],
  ["class A {\n  #g() {}\n  f() { |for (;;) this.#g(); } }", "any"],
  ["function f(n) { |for (let i = 0; i < n; i++) f(i); }", "nothing"],
  ["function g() {}\nfunction f() { g(); return |1; }", "nothing"],
];

for (const [text, found] of LOOPS) {
  test(`a sample at the loop of ${JSON.stringify(text)} hides ${found}`, () => {
    assert.equal(hidden(text, "f", false), found);
  });
}

const ENTRIES: readonly (readonly [string, string])[] = [
  ["function f|(x) {\n  return x.toLocaleString();\n}", "x.toLocaleString on line 2"],
  ["function f|(x) { return x.toLocaleString(); }", "nothing"],
  ["function f|(x) {\n  a.b(); return x.toLocaleString();\n}", "any"],
  ["function f|(x) {\n  return x * 2;\n}", "nothing"],
  ["function f|(n) {\n  return n < 2 ? n : f(n - 1) + f(n - 2);\n}", "nothing"],
  ["const g = () => {};\nconst f = |(x) => g(x);", "any"],
  ["const g = () => {};\nxs.filter(|(x) => !g(x), other);", "any"],
  ["const f = |x => x.trim();", "nothing"],
];

for (const [text, found] of ENTRIES) {
  test(`a sample at the entry of ${JSON.stringify(text)} hides ${found}`, () => {
    assert.equal(hidden(text, "f", true), found);
  });
}
