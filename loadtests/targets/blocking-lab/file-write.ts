/** A record stored so that it survives a crash: written, flushed, read back, removed. */

import { closeSync, fsyncSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { open, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { threadId } from "node:worker_threads";
import type { LabResult } from "./lab-ways.js";

const RECORD = Buffer.alloc(64 * 1024, "record ");

let records = 0;

export function storeRecordSync(folder: string): LabResult {
  const file = nextFile(folder);
  const descriptor = openSync(file, "w");
  writeSync(descriptor, RECORD);
  fsyncSync(descriptor);
  closeSync(descriptor);
  const storedBytes = readFileSync(file).length;
  rmSync(file);
  return { storedBytes };
}

export async function storeRecord(folder: string): Promise<LabResult> {
  const file = nextFile(folder);
  const handle = await open(file, "w");
  try {
    await handle.write(RECORD);
    await handle.sync();
  } finally {
    await handle.close();
  }
  const storedBytes = (await readFile(file)).length;
  await rm(file);
  return { storedBytes };
}

/** Told apart by thread and number: threads share the folder. */
function nextFile(folder: string): string {
  return path.join(folder, `record-${threadId}-${records++}`);
}
