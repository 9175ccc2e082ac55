import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { VirtualUser } from "../run/virtual-user.js";

/**
 * k6's `open()`: a file's text, or with mode "b" its bytes; relative to the script.
 * @throws Error outside the init code, and when the file cannot be read
 */
export function openFile(user: VirtualUser, file: unknown, mode: unknown): string | ArrayBuffer {
  if (user.stage !== "init")
    throw new Error("open() is available only in the init code (outside of functions)");
  const named = String(file);
  const local = named.startsWith("file://") ? fileURLToPath(named) : named;
  const found = path.resolve(path.dirname(user.run.scriptPath), local);
  let bytes: Buffer;
  try {
    bytes = readFileSync(found);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new Error(missing ? `open(): there is no file ${found}` : `open(): ${(error as Error).message}`);
  }
  if (mode === undefined || mode === "") return bytes.toString("utf8");
  if (mode !== "b") throw new Error(`open(): the mode must be "b" or left out, got ${JSON.stringify(mode)}`);
  return Uint8Array.from(bytes).buffer;
}
