import assert from "node:assert/strict";
import { test } from "node:test";
import { parseInvocation, quoteForShell, type VerbDefinition } from "../../src/cli/command-options.js";
import { durationMs, keyValuePairs, wholeNumber } from "../../src/cli/option-values.js";
import { parseGoDurationMs } from "../../src/go-duration.js";
import { LoopscopeError } from "../../src/loopscope-error.js";
import { nearestWord } from "../../src/nearest-word.js";

const VERB: VerbDefinition = {
  name: "try",
  usage: "try [options] <script> [-- command]",
  summary: "Tries.",
  positionals: ["<script>"],
  takesCommand: true,
  options: [
    { name: "env", short: "e", value: "KEY=VALUE", multiple: true, description: "Sets." },
    { name: "duration", short: "d", value: "DURATION", description: "Lasts." },
    { name: "json", description: "Prints." },
  ],
  examples: [],
  execute: async () => 0,
};

test("options, positionals and the target's command are told apart", () => {
  const words = [
    "-e",
    "A=1",
    "load.ts",
    "--env=B=2",
    "-d5",
    "--json",
    "--",
    "node",
    "app.js",
    "--json",
    "-x",
  ];
  const { options, positionals, command, commandLine } = parseInvocation(VERB, words);
  assert.deepEqual(positionals, ["load.ts"]);
  assert.deepEqual(command, ["node", "app.js", "--json", "-x"]);
  assert.deepEqual(options.texts("env"), ["A=1", "B=2"]);
  assert.equal(options.text("duration"), "5");
  assert.equal(options.has("json"), true);
  assert.equal(commandLine, "loopscope try -e A=1 load.ts --env=B=2 -d5 --json -- node app.js --json -x");
});

const REFUSED: readonly (readonly [readonly string[], RegExp])[] = [
  [["x.ts", "--duratoin", "3"], /no option --duratoin; did you mean --duration\?/],
  [["x.ts", "-z"], /no option -z; see `loopscope try --help`/],
  [["x.ts", "--duration"], /--duration needs a value/],
  [["x.ts", "--json=yes"], /--json is a switch and takes no value, got "yes"/],
  [["x.ts", "-d", "1", "-d", "2"], /-d may be given only once/],
  [[], /needs <script>/],
  [["x.ts", "y.ts"], /takes no further argument, got "y.ts"/],
];

for (const [words, sentence] of REFUSED) {
  test(`\`try ${words.join(" ")}\` is refused in one sentence`, () => {
    assert.throws(
      () => parseInvocation(VERB, words),
      (error) => error instanceof LoopscopeError && error.exitCode === 104 && sentence.test(error.message),
    );
  });
}

test("durations are read as k6 writes them", () => {
  const read = (text: string): number | undefined => parseGoDurationMs(text, 1000);
  assert.deepEqual(
    ["30", "1.5", "500ms", "1m30s", "1h", "2d", "250us", "1s500ms"].map(read),
    [30_000, 1500, 500, 90_000, 3_600_000, 172_800_000, 0.25, 1500],
  );
  assert.deepEqual(["", "s", "5x", "-5s", "1m 30s", "1e3", "five"].map(read), Array(7).fill(undefined));
  assert.throws(() => durationMs("--duration", "0", 1000), /must be a duration above zero/);
});

test("whole numbers are taken at their bounds and refused beyond", () => {
  assert.equal(wholeNumber("--vus", "1", 1, 5), 1);
  assert.equal(wholeNumber("--vus", "5", 1, 5), 5);
  for (const text of ["0", "6", "1.5", "", "x"]) {
    assert.throws(() => wholeNumber("--vus", text, 1, 5), /--vus must be a whole number from 1 to 5, got/);
  }
});

test("KEY=VALUE keeps what stands behind the first sign, and the last of equal keys wins", () => {
  assert.deepEqual(keyValuePairs("--env", ["A=b=c", "E=", "A=2"]), { A: "2", E: "" });
  assert.throws(() => keyValuePairs("--env", ["novalue"]), /--env must be KEY=VALUE, got "novalue"/);
  assert.throws(() => keyValuePairs("--env", ["=x"]), /--env must be KEY=VALUE/);
});

test("a near miss is suggested and a far one is not", () => {
  const verbs = ["run", "bench", "report", "compare"];
  assert.equal(nearestWord("bech", verbs), "bench");
  assert.equal(nearestWord("comp", verbs), "compare");
  assert.equal(nearestWord("xyzzy", verbs), undefined);
});

test("a word is quoted for a shell only where it must be", () => {
  assert.equal(quoteForShell("load.ts"), "load.ts");
  assert.equal(quoteForShell("it's here"), "'it'\\''s here'");
});
