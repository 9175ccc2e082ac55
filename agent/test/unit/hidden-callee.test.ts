import assert from "node:assert/strict";
import { test } from "node:test";
import { followHidden, isTooSmall } from "../../src/eventloop/hidden-call-chain";
import { hiddenIn, mayBeOfAnotherCall } from "../../src/eventloop/hidden-callee";

/** What a sample at the mark `|` may hide: `any` callee, the one call by its name, or `nothing`. */
function hidden(marked: string, name: string, atEntry: boolean): string {
  const { frame, text } = sampleAt(marked, name, atEntry);
  const found = hiddenIn(frame, text);
  if (found === null) return "nothing";
  return found.call === null ? "any" : `${found.call.callee} on line ${found.call.line}`;
}

function sampleAt(marked: string, name: string, atEntry: boolean) {
  const before = marked.slice(0, marked.indexOf("|")).split("\n");
  const place = { line: before.length, column: (before.at(-1) as string).length + 1 };
  const frame = { function: name, file: "/a.js", ...place, functionLine: 1, functionColumn: 1 };
  return { frame: { ...frame, atEntry, awaits: false }, text: marked.replace("|", "") };
}

const LOOPS: readonly (readonly [string, string])[] = [
  ["function f() { |for (const x of xs) sum += x; }", "nothing"],
  ["function f() { |for (const x of xs) sum += Math.sqrt(x); }", "nothing"],
  ["function g(x) { return x; }\nfunction f() { |for (const x of xs) sum += g(x); }", "g on line 2"],
  ["function g(x) { return x; }\nfunction f() { |for (const x of xs) { sum++; } g(1); }", "nothing"],
  ["const g = (x) => x;\nfunction f() { |while (g(x)) x++; }", "g on line 2"],
  ['import { g } from "./g.js";\nfunction f() { |for (;;) { g(); } }', "g on line 2"],
  ['const { g } = require("./g.js");\nfunction f() { |for (;;) { g(); } }', "g on line 2"],
  ["class A {\n  #g() {}\n  f() { |for (;;) this.#g(); } }", "this.#g on line 3"],
  ["const g = () => {};\nfunction f() { |for (;;) { g(); a.b(); } }", "any"],
  ["const g = () => {};\nfunction f() { for (const |x of xs) g(x); }", "g on line 2"],
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
  ["const g = () => {};\nconst f = |(x) => g(x);", "g on line 2"],
  ["const g = () => {};\nxs.filter(|(x) => !g(x), other);", "g on line 2"],
  ["const f = |x => x.trim();", "nothing"],
];

for (const [text, found] of ENTRIES) {
  test(`a sample at the entry of ${JSON.stringify(text)} hides ${found}`, () => {
    assert.equal(hidden(text, "f", true), found);
  });
}

const UNSEEN: readonly (readonly [string, boolean])[] = [
  ["function f() {\n|for (const x of xs)\ng(x); }", false],
  ["function f() {\nfor (const |x of xs) {\ng(x);\nh(x); } }", false],
  ["function f() {\nbegin();\nwhile (now.|x() < end.x());\nend(); }", false],
  [
    "function f() {\nfor (const x of xs) {\nconst plain = x.normalize();\nif (known.|has(plain)) n++; } }",
    true,
  ],
  ["function f() {\nfor (const x of xs) {\nfor (const y of x) known.|has(y);\ng(x); } }", false],
  ["function f() {\ng();\n|h(); }", true],
  ["function f() {\nreturn |h(); }", false],
  [`function f() { ${"n++; ".repeat(80)} g(); |h(); }`, true],
];

for (const [text, another] of UNSEEN) {
  const what = another ? "of another line's call" : "of its own line only";
  test(`a sample at the mark of ${JSON.stringify(text)}, without a callee, may be ${what}`, () => {
    const { frame, text: plain } = sampleAt(text, "f", false);
    assert.equal(mayBeOfAnotherCall(frame, plain), another);
  });
}

const CHAINS: readonly (readonly [string, string])[] = [
  ["const g = (x) => x.trim();\nfunction f() { |for (;;) g(1); }", "g:1 < f:2"],
  [
    "function g(x) {\n  return h(x);\n}\nconst h = x => x.trim();\nfunction f() { |for (;;) g(1); }",
    "h:4 < g:2 < f:5",
  ],
  ["function g(x) { a.b(); x.trim(); }\nfunction f() { |for (;;) g(1); }", "f:2, at least"],
  ["function g(x) { return x * 2; }\nfunction f() { |for (;;) g(1); }", "unknown"],
  ["const g = (x) => Math.sqrt(x);\nfunction f() { |for (;;) g(1); }", "unknown"],
  ["function g(x) { for (;;) x.trim(); }\nfunction f() { |for (;;) g(1); }", "f:2, at least"],
  ["function g(x) { return g(x.next); }\nfunction f() { |for (;;) g(1); }", "f:2, at least"],
  [
    "{ const g = () => a.b(); }\n{ const g = () => c.d(); }\nfunction f() { |for (;;) g(1); }",
    "f:3, at least",
  ],
  ["class A {\n  g(x) { return x.trim(); }\n  f() { |for (;;) this.g(1); }\n}", "g:2 < f:3"],
  ["class A {\n  #g(x) { return x.trim(); }\n  f() { |for (;;) this.#g(1); }\n}", "#g:2 < f:3"],
  ['import { g } from "./g.js";\nfunction f() { |for (;;) g(); }', "f:2, at least"],
];

for (const [text, found] of CHAINS) {
  test(`the only calls of ${JSON.stringify(text)} lead to ${found}`, () => {
    const { frame, text: plain } = sampleAt(text, "f", false);
    const chain = followHidden(frame, plain);
    const said = chain?.frames.map((one) => `${one.function}:${one.line}`).join(" < ");
    assert.equal(chain === null ? "unknown" : `${said}${chain.certain ? "" : ", at least"}`, found);
  });
}

const SMALL: readonly (readonly [string, boolean])[] = [
  ["const f = |(a, b) => a.size - b.size;", true],
  ["function f|(a) { return a.id; }", true],
  ["function f|(a) {}", true],
  ["function f|(a) { return { ...a }; }", false],
  ["function f|(a) { return a[0]; }", false],
  ["function f|(a) { return g(a); }", false],
  ["function f|(a) { return `a`; }", false],
];

for (const [text, small] of SMALL) {
  test(`${JSON.stringify(text)} ${small ? "can take no time itself" : "may take its time"}`, () => {
    const { frame, text: plain } = sampleAt(text, "f", true);
    assert.equal(isTooSmall(frame, plain), small);
  });
}
