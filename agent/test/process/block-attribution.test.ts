import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeRun, readCorpus, runnableOf, runProgram } from "../../benchmarks/block-corpus";

const [major = 0] = process.versions.node.split(".").map(Number);
/** Programs are timed by the wall clock: a machine that is busy with others may need another try. */
const ATTEMPTS = 4;

for (const corpusCase of readCorpus().filter(({ expected }) => major >= (expected.node ?? 0))) {
  test(`${corpusCase.name}: found and named`, async () => {
    const { file, nodeOptions } = runnableOf(corpusCase);
    let shown = "";
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const run = await runProgram(file, { nodeOptions });
      const verdict = judgeRun(corpusCase, run);
      assert.equal(verdict.wrongButExact, false, `a wrong frame is shown as exact: ${run.stderr}`);
      const marks = { ...verdict, judged: undefined, wrongButExact: undefined, durationErrorMs: undefined };
      if (!Object.values(marks).includes(false) && verdict.falseAccusations === 0) return;
      shown = `${JSON.stringify(marks)}\n${run.stderr}`;
    }
    assert.fail(shown);
  });
}
