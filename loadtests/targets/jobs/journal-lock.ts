import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Keeps two services from writing one journal. A lock left behind by a process that was killed is taken over.
 * @returns a function that gives the lock back.
 * @throws Error with the holder's process id when it is alive.
 */
export async function lockJournal(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, "journal.lock");
  const ownPath = `${path}.${process.pid}`;
  await writeFile(ownPath, String(process.pid));
  try {
    // A link appears with its content in one step and fails where a lock exists; creating a file does not.
    while (!(await linked(ownPath, path))) {
      const holder = Number(await readFile(path, "utf8").catch(() => ""));
      if (holder > 0 && holder !== process.pid && isAlive(holder)) {
        throw new Error(`the journal in ${folder} is in use by process ${holder}`);
      }
      await rm(path, { force: true });
    }
  } finally {
    await rm(ownPath, { force: true });
  }
  return () => rm(path, { force: true });
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
