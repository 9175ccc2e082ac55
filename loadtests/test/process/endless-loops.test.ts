import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { runScript } from "./embedded-runs.js";
import { loopscope, recordedRun, workFolder } from "./loopscope-command.js";

const SHORT = `export const options = {
  scenarios: { a: { executor: "constant-vus", vus: 2, duration: "300ms", gracefulStop: "200ms" } },
  setupTimeout: "500ms", teardownTimeout: "500ms",
};`;

/** Each never ends and never waits; the place is the loop's that runs, in the lines that follow the sixth. */
const ENDLESS: readonly (readonly [name: string, body: string, line: number])[] = [
  ["an empty loop", "\nwhile (true) {}", 8],
  ["a loop without a body", "for (;;);", 7],
  ["a loop that counts", "let n = 0;\ndo n++; while (n > 0);", 8],
  ["a loop that works", "const list = [1];\nfor (const one of list) list.push(one, JSON.parse('1'));", 8],
  ["a loop of checks", "\nwhile (true) check(1, { one: (n) => n === 1 });", 8],
  ["a loop of promises that are ready", "\nwhile (true) await null;", 8],
  ["a loop within one that catches everything", "for (;;) try {\nfor (;;);\n} catch {}", 7],
  ["a loop that is entered again when it is broken off", "try { for (;;); } catch {\nwhile (true);\n}", 8],
  ["a loop in a function", "const spin = () => {\nwhile (true);\n};\nspin();", 8],
];

describe("a script whose loop never ends and never waits", () => {
  for (const [name, body, line] of ENDLESS) {
    it(`ends with 107, naming file and line: ${name}`, async (t) => {
      const folder = workFolder(t);
      const script = path.join(folder, "endless.ts");
      writeFileSync(
        script,
        `import { check, sleep } from "k6";\n${SHORT}\nexport default async function () { sleep(0.01); if (__VU === 2 && __ITER === 2) {${body}\n} check(1, { fine: () => true }); }
        export function teardown() { console.log("torn down"); }`,
      );
      const end = await loopscope(folder, ["run", "endless.ts"]);
      const said = end.stdout.replaceAll(/\s+/g, " ");
      assert.equal(end.code, 107, said);
      const places = [...said.matchAll(/endless\.ts:(\d+)/g)].map(([, at]) => Number(at));
      assert.ok(places.length > 0 && places.every((at) => Math.abs(at - line) <= 1), said);
      assert.match(said, /a loop of the script went on after its time was over/);
      assert.match(end.stderr, /torn down/);
      const { client } = recordedRun(folder).document;
      assert.ok(
        (client.checks.find(({ name }) => name === "fine")?.passes ?? 0) > 0,
        "what was recorded is kept",
      );
    });
  }

  for (const [stage, exitCode] of [
    ["setup", 100],
    ["teardown", 101],
  ] as const) {
    it(`ends with ${exitCode} in ${stage}()`, async (t) => {
      const folder = workFolder(t);
      writeFileSync(
        path.join(folder, "endless.ts"),
        `${SHORT}\nexport function ${stage}() {\n  for (;;);\n}\nexport default function () {}`,
      );
      const { code, stdout } = await loopscope(folder, ["run", "endless.ts"]);
      assert.equal(code, exitCode, stdout);
      assert.match(
        stdout.replaceAll(/\s+/g, " "),
        new RegExp(`${stage}\\(\\) took longer than ${stage}Timeout`),
      );
      assert.match(stdout, /endless\.ts:6/);
    });
  }

  it("is left alone as long as its time is not over", async (t) => {
    const folder = workFolder(t);
    const script = path.join(folder, "long.js");
    writeFileSync(
      script,
      `import { check } from "k6";
      export const options = { scenarios: { a: { executor: "per-vu-iterations", vus: 1, iterations: 1, maxDuration: "5s" } } };
      export default function () { const end = Date.now() + 1500; while (Date.now() < end); check(1, { there: () => true }); }`,
    );
    const { result } = await runScript(script);
    assert.deepEqual(result.outcome, { kind: "completed" });
    assert.equal(result.checks[0]?.passes, 1);
  });
});

it("loops of every shape do what they did before", async (t) => {
  const script = path.join(workFolder(t), "loops.js");
  writeFileSync(
    script,
    `import { check, sleep } from "k6";
    const said = [];
    const say = (what) => { sleep(0.001); said.push(what); return said.length < 100; };
    export default function () {
      for (let i = 0; i < 2; i++) say("for" + i);
      for (const one of ["a", "b"]) if (one === "b") say("of" + one); else say("else");
      for (const key in { x: 1 }) for (const other of [key, "y"]) say(other);
      let n = 0;
      while (n < 2) say("while" + n++);
      do say("do" + n--); while (n > 0);
      outer: for (;;) { for (;;) { say("inner"); break outer; } }
      for (let i = 0; i < 3; i++) { if (i === 1) continue; say("continue" + i); }
      for (var v = 0; v < 1; v++);
      say("v" + v);
      const wanted = "for0 for1 else ofb x y while0 while1 do2 do1 inner continue0 continue2 v1";
      check(said.join(" "), { same: (text) => text === wanted });
    }`,
  );
  const { result, lines } = await runScript(script);
  assert.deepEqual(lines, []);
  assert.equal(result.checks[0]?.passes, 1);
});
