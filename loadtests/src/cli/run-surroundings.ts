/** Where a run took place: the repository's state and the machine. */

import { execFile } from "node:child_process";
import { arch, availableParallelism, release, type } from "node:os";
import { promisify } from "node:util";
import type { RunDocument } from "../report/run-document.js";

const run = promisify(execFile);

/** Nulls outside a repository, or without git. */
export async function readGitState(folder: string): Promise<RunDocument["git"]> {
  const git = async (...args: string[]): Promise<string | null> => {
    try {
      const { stdout } = await run("git", args, { cwd: folder, timeout: 3000 });
      return stdout.trim();
    } catch {
      return null;
    }
  };
  const [commit, branch, status] = await Promise.all([
    git("rev-parse", "HEAD"),
    git("rev-parse", "--abbrev-ref", "HEAD"),
    git("status", "--porcelain", "--untracked-files=no"),
  ]);
  return { commit, branch, dirty: status === null ? null : status !== "" };
}

export function readMachine(): RunDocument["machine"] {
  return { cpus: availableParallelism(), node: process.version, os: `${type()} ${release()} ${arch()}` };
}
