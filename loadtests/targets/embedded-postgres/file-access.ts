import { stat } from "node:fs/promises";
import path from "node:path";
import type { Account } from "./unprivileged-account.js";

const READ_AND_ENTER = 0o5;
const ENTER = 0o1;

/** Whether an account may read `target` and enter every folder above it, by their permission bits. */
export async function reachableBy(account: Account, target: string): Promise<boolean> {
  let place = path.resolve(target);
  let wanted = READ_AND_ENTER;
  for (;;) {
    if (!(await permits(account, place, wanted))) return false;
    const parent = path.dirname(place);
    if (parent === place) return true;
    place = parent;
    wanted = ENTER;
  }
}

async function permits(account: Account, place: string, wanted: number): Promise<boolean> {
  const { mode, uid, gid } = await stat(place);
  const shift = uid === account.uid ? 6 : gid === account.gid ? 3 : 0;
  return ((mode >> shift) & wanted) === wanted;
}
