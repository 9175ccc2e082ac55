import { chown, mkdtemp } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { reachableBy } from "./file-access.js";
import type { Account } from "./unprivileged-account.js";

/** A folder for one run, owned by whoever runs the server and readable by nobody else. */
export async function createRunFolder(account: Account | undefined): Promise<string> {
  const usual = os.tmpdir();
  // Root's TMPDIR may lie below a folder that the server's account cannot enter.
  const parent = account === undefined || (await reachableBy(account, usual)) ? usual : "/tmp";
  const folder = await mkdtemp(path.join(parent, "loopscope-postgres-"));
  if (account !== undefined) await chown(folder, account.uid, account.gid);
  return folder;
}
