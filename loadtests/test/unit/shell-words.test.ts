import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { readShellCommand, splitShellWords } from "../../src/cli/shell-words.js";

/** Text, and the words in it. */
const SPLIT: readonly (readonly [string, readonly string[]])[] = [
  ["node app.js", ["node", "app.js"]],
  ["  node\t app.js \n", ["node", "app.js"]],
  ["node 'a folder/app.js'", ["node", "a folder/app.js"]],
  ['node "a folder/app.js"', ["node", "a folder/app.js"]],
  ["node a\\ folder/app.js", ["node", "a folder/app.js"]],
  ["node --title='it'\\''s'", ["node", "--title=it's"]],
  ['sh -c "echo \\"hi\\" \\\\ \\a"', ["sh", "-c", 'echo "hi" \\ \\a']],
  ["sh -c 'cd ../main && exec node app.js'", ["sh", "-c", "cd ../main && exec node app.js"]],
  ["node app.js ''", ["node", "app.js", ""]],
  ['node app.js ""', ["node", "app.js", ""]],
  ["node \\$HOME '$HOME' \"\\$HOME\"", ["node", "$HOME", "$HOME", "$HOME"]],
  ["node a\\\n.js", ["node", "a.js"]],
  ['node "a\\\n.js"', ["node", "a.js"]],
  ["node 'größe 🙂'", ["node", "größe 🙂"]],
  ["", []],
];

for (const [text, words] of SPLIT) {
  test(`${JSON.stringify(text)} is ${words.length} words`, () => {
    assert.deepEqual(splitShellWords("--base-command", text), words);
  });
}

test("words are parted as a real shell parts them", { skip: process.platform === "win32" }, () => {
  for (const [text, words] of SPLIT) {
    const shell = spawnSync("sh", ["-c", `for word in ${text.trim()}\ndo printf '%s\\0' "$word"; done`]);
    assert.deepEqual(shell.stdout.toString().split("\0").slice(0, -1), words, text);
  }
});

const REFUSED: readonly (readonly [string, RegExp])[] = [
  ["node 'app.js", /^--head-command has a ' that is never closed, got `node 'app\.js`: close it/],
  ['node "app.js', /^--head-command has a " that is never closed/],
  ['node "app.js\\"', /has a " that is never closed/],
  ["node app.js \\", /ends with a backslash that stands before nothing/],
  ["node app.js && true", /has a & that only a shell acts on, and none runs/],
  ["node app.js > log", /has a > that only a shell acts on/],
  ["node $APP", /has a \$ that only a shell acts on/],
  ['node "$APP"', /has a \$ that only a shell acts on/],
  ["node `which app`", /has a ` that only a shell acts on/],
  ["", /must name a program and its arguments like "node app\.js", got ""/],
  ["PORT=1", /must name a program/],
  ["'' app.js", /must name a program/],
];

for (const [text, message] of REFUSED) {
  test(`${JSON.stringify(text)} is refused in one sentence`, () => {
    assert.throws(() => readShellCommand("--head-command", text), { code: "INVALID_OPTION", message });
  });
}

test("assignments before the program are the target's variables, later ones its arguments", () => {
  assert.deepEqual(readShellCommand("--base-command", "PORT=3001 NAME='a b' node app.js X=1"), {
    variables: { PORT: "3001", NAME: "a b" },
    command: ["node", "app.js", "X=1"],
  });
});
