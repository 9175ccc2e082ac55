import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Task } from "./task.js";

/**
 * Fault `sync-file-read`. Each read is short and the disk's cache is warm; together they hold every other
 * request and job for as long as the whole folder takes.
 */
export const readInvoicesSync: Task = async (_input, tools) => {
  let totalBytes = 0;
  for (const path of tools.invoicePaths) totalBytes += readFileSync(path).length;
  return { files: tools.invoicePaths.length, totalBytes };
};

/** The mend: the same reads, asynchronously and one at a time, so that memory holds one file and not all. */
export const readInvoices: Task = async (_input, tools, signal) => {
  let totalBytes = 0;
  for (const path of tools.invoicePaths) totalBytes += (await readFile(path, { signal })).length;
  return { files: tools.invoicePaths.length, totalBytes };
};
