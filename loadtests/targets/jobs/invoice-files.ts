import { randomBytes } from "node:crypto";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

const FILES = 8;
const BYTES_PER_FILE = 2 * 1024 * 1024;
const READS = 96;

/**
 * Puts the files that `read-invoices` reads into `folder`, unless an earlier life of the service did.
 * @returns their paths, each several times: a folder of 96 invoices that takes the disk space of eight.
 */
export async function prepareInvoiceFiles(folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const files = Array.from({ length: FILES }, (_, index) => join(folder, `invoice-${index}.bin`));
  for (const file of files) {
    const bytes = await stat(file).then(
      (found) => found.size,
      () => 0,
    );
    if (bytes !== BYTES_PER_FILE) await writeFile(file, randomBytes(BYTES_PER_FILE));
  }
  return Array.from({ length: READS }, (_, index) => files[index % FILES] ?? folder);
}
