#!/usr/bin/env node
// Committed, so that npm can link the command before the first build.
import { existsSync } from "node:fs";

const command = new URL("../build/src/cli/loopscope.js", import.meta.url);
if (existsSync(command)) {
  await import(command.href);
} else {
  process.stderr.write("loopscope is not built yet: run `npm run build` in the repository first.\n");
  process.exitCode = 1;
}
