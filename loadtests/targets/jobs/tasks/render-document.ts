import { execFile, execSync } from "node:child_process";
import { promisify } from "node:util";
import type { Task } from "./task.js";

// Stands for a converter that one calls as a program (a PDF printer, an image tool) and that takes its time.
const PROGRAM = "setTimeout(() => process.stdout.write(JSON.stringify({ pages: 3 })), 100)";
const LONGEST_RUN_MS = 10_000;
const execute = promisify(execFile);

/** Fault `exec-sync`. The event loop stands still from the program's start to its end. */
export const renderDocumentSync: Task = async () =>
  JSON.parse(execSync(`"${process.execPath}" -e '${PROGRAM}'`, { encoding: "utf8", env: {} })) as unknown;

/** The mend: the same program without waiting in place, ended with the job, and started without a shell. */
export const renderDocument: Task = async (_input, _tools, signal) => {
  const options = { signal, timeout: LONGEST_RUN_MS, env: {} };
  const { stdout } = await execute(process.execPath, ["-e", PROGRAM], options);
  return JSON.parse(stdout) as unknown;
};
