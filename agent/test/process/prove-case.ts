/** Runs one program of the corpus and holds what the agent says of it against what the program promises. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type CorpusCase, judgeRun, runnableOf, runProgram } from "../../benchmarks/block-corpus";

const [major = 0] = process.versions.node.split(".").map(Number);
/** Programs are timed by the wall clock: a machine that is busy with others may need another try. */
const ATTEMPTS = 4;

/** Defines a test for each case that this version of Node can run. */
export function proveCases(corpus: readonly CorpusCase[]): void {
  for (const corpusCase of corpus.filter(({ expected }) => major >= (expected.node ?? 0))) {
    test(`${corpusCase.name}: found and named`, () => proveCase(corpusCase));
  }
}

async function proveCase(corpusCase: CorpusCase): Promise<void> {
  const { file, nodeOptions } = runnableOf(corpusCase);
  let shown = "";
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const run = await runProgram(file, { nodeOptions });
    const verdict = judgeRun(corpusCase, run);
    assert.equal(verdict.wrongButExact, false, `a wrong frame is shown as exact: ${run.stderr}`);
    const { detected, causeRight, routeRight, functionRight, lineRight, nativeRight, confidenceRight } =
      verdict;
    const place = verdict.honestCaller ? {} : { functionRight, lineRight, nativeRight, confidenceRight };
    const marks = { detected, causeRight, routeRight, ...place };
    if (!Object.values(marks).includes(false) && verdict.falseAccusations.length === 0) return;
    shown = `${JSON.stringify(marks)}\n${run.stderr}`;
  }
  assert.fail(shown);
}
