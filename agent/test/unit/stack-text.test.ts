import assert from "node:assert/strict";
import { test } from "node:test";
import { framesOfText } from "../../src/eventloop/stack-text";

const TABLE: readonly (readonly [string, string])[] = [
  ["    at renderPage (/srv/app.js:4:9)", "renderPage@/srv/app.js:4:9"],
  ["    at Timeout.renderPage [as _onTimeout] (/srv/app.js:4:9)", "renderPage@/srv/app.js:4:9"],
  ["    at /srv/a folder/app.js:4:9", "@/srv/a folder/app.js:4:9"],
  ["    at async load (file:///srv/app.mjs:12:3)", "async load@file:///srv/app.mjs:12:3"],
  ["    at RegExp.test (<anonymous>)", "RegExp.test@null:null:null"],
  ["    at Object.<anonymous> (/srv/app.js:1:1)", "@/srv/app.js:1:1"],
  ["    at process.processTimers (node:internal/timers:519:7)", "processTimers@node:internal/timers:519:7"],
  ["    at run (C:\\srv\\app.js:4:9)", "run@C:\\srv\\app.js:4:9"],
];

for (const [line, frame] of TABLE) {
  test(`${JSON.stringify(line.trim())} is ${frame}`, () => {
    const shown = framesOfText(`Error\n${line}`).map(
      (one) => `${one.awaits ? "async " : ""}${one.function}@${one.file}:${one.line}:${one.column}`,
    );
    assert.deepEqual(shown, [frame]);
  });
}
