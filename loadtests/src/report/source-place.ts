/** Where in the source something happened, as a reader can find it: `hashPassword (src/users.ts:41)`. */

import path from "node:path";
import { fileURLToPath } from "node:url";
import { printable } from "./figure-format.js";

/** The part of a block, a frame or a finding that names a place. */
export interface SourcePlace {
  readonly function: string | null;
  readonly file: string | null;
  readonly line: number | null;
}

/**
 * A file as shown: relative to `baseFolder` where it lies below it, from the package's name on where it is a
 * dependency, otherwise the whole path. Built-in modules (`node:crypto`) stay as they are.
 */
export function displayFile(file: string, baseFolder: string): string {
  const plain = file.startsWith("file://") ? pathOfUrl(file) : file;
  const dependency = plain.lastIndexOf("/node_modules/");
  if (dependency >= 0) return printable(plain.slice(dependency + 1));
  if (path.isAbsolute(plain)) {
    const relative = path.relative(baseFolder, plain);
    if (relative !== "" && !relative.startsWith("..") && !path.isAbsolute(relative))
      return printable(relative);
  }
  return printable(plain);
}

/** `src/users.ts:41`, or null when no file is known. */
export function displayLine(place: Pick<SourcePlace, "file" | "line">, baseFolder: string): string | null {
  if (place.file === null) return null;
  const file = displayFile(place.file, baseFolder);
  return place.line === null ? file : `${file}:${place.line}`;
}

/** `hashPassword (src/users.ts:41)`, with what is known of it; null when neither function nor file is. */
export function displayPlace(place: SourcePlace, baseFolder: string): string | null {
  const line = displayLine(place, baseFolder);
  const name = place.function === null ? null : printable(place.function);
  if (name === null) return line;
  return line === null ? name : `${name} (${line})`;
}

function pathOfUrl(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    return url;
  }
}
