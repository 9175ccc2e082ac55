/** Leads a position in generated code back to the source it was made from. Runs in the agent's thread. */
import fs from "node:fs";
import { SourceMap, type SourceMapPayload } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { StackFrame } from "../catalog/block";
import type { RawFrame } from "./block-report";
import { originalFunctionName } from "./original-function-name";

/** Files whose text and map are kept; the one read longest ago goes first. */
const MAX_FILES = 100;
/** Larger files are bundles that nobody reads by line: their text is left alone, milliseconds matter. */
const MAX_FILE_BYTES = 32 * 1024 * 1024;

interface SourceFile {
  readonly text: string | null;
  readonly map: SourceMap | null;
}

export class SourceMapReader {
  readonly #files = new Map<string, SourceFile>();
  readonly #enabled: boolean;

  /** @param enabled false: positions stay as they are in the generated code. */
  constructor(enabled: boolean) {
    this.#enabled = enabled;
  }

  original(frame: RawFrame): StackFrame {
    const file = pathOf(frame.file);
    const generated: StackFrame = {
      function: frame.function === "" ? "(anonymous)" : frame.function,
      file,
      line: frame.line,
      column: frame.column,
    };
    if (!this.#enabled || file === null || frame.line === null || file.startsWith("node:")) return generated;
    const map = this.#fileOf(file).map;
    if (map === null) return generated;
    const entry = map.findEntry(frame.line - 1, (frame.column ?? 1) - 1);
    if (!("originalSource" in entry) || typeof entry.originalSource !== "string") return generated;
    return {
      function: originalFunctionName(map, frame) ?? generated.function,
      file: resolveSource(entry.originalSource, file),
      line: entry.originalLine + 1,
      column: entry.originalColumn + 1,
    };
  }

  text(file: string): string | null {
    const local = pathOf(file);
    return local === null || local.startsWith("node:") ? null : this.#fileOf(local).text;
  }

  /** A map that the application itself holds, for a file that it compiled in memory. */
  remember(file: string, payload: unknown): void {
    const local = pathOf(file);
    if (local === null) return;
    this.#keep(local, { text: null, map: mapOrNull(() => new SourceMap(payload as SourceMapPayload)) });
  }

  #fileOf(file: string): SourceFile {
    const known = this.#files.get(file);
    if (known !== undefined) return known;
    const read = readSourceFile(file);
    this.#keep(file, read);
    return read;
  }

  #keep(file: string, content: SourceFile): void {
    this.#files.set(file, content);
    const oldest = this.#files.keys().next().value;
    if (this.#files.size > MAX_FILES && oldest !== undefined) this.#files.delete(oldest);
  }
}

/** A path for a `file:` URL, anything else as it is; null for what is no file. */
export function pathOf(file: string | null): string | null {
  if (file === null || file === "" || file.startsWith("evalmachine.")) return null;
  if (!file.startsWith("file:")) return file;
  try {
    return fileURLToPath(file);
  } catch {
    return null;
  }
}

function readSourceFile(file: string): SourceFile {
  const text = readTextOrNull(file);
  if (text === null) return { text: null, map: null };
  return { text, map: mapOrNull(() => readMap(file, text)) };
}

function readMap(file: string, text: string): SourceMap | null {
  const url = lastMappingUrl(text);
  if (url === null) return null;
  const json = url.startsWith("data:") ? decodeDataUrl(url) : readTextOrNull(resolveMapFile(url, file));
  if (json === null) return null;
  return new SourceMap(JSON.parse(json.replace(/^\)\]\}'[^\n]*\n/, "")) as SourceMapPayload);
}

/** The last comment of its kind wins, as the specification says: a bundle may contain others as text. */
function lastMappingUrl(text: string): string | null {
  const start = text.lastIndexOf("//# sourceMappingURL=");
  if (start === -1) return null;
  return /^\S+/.exec(text.slice(start + "//# sourceMappingURL=".length))?.[0] ?? null;
}

function decodeDataUrl(url: string): string | null {
  const comma = url.indexOf(",");
  if (comma === -1) return null;
  const body = url.slice(comma + 1);
  return url.slice(0, comma).endsWith(";base64")
    ? Buffer.from(body, "base64").toString("utf8")
    : decodeURIComponent(body);
}

function resolveMapFile(url: string, file: string): string {
  return fileURLToPath(new URL(url, pathToFileURL(file)));
}

/** Names a source by path: sources are URLs or paths relative to the generated file. */
function resolveSource(source: string, generatedFile: string): string {
  if (source.startsWith("file:")) return pathOf(source) ?? source;
  if (/^[a-z][a-z+.-]+:\/\//i.test(source)) return source;
  return path.resolve(path.dirname(generatedFile), decodeURI(source));
}

function mapOrNull(make: () => SourceMap | null): SourceMap | null {
  try {
    return make();
  } catch {
    return null;
  }
}

function readTextOrNull(file: string): string | null {
  try {
    return fs.statSync(file).size > MAX_FILE_BYTES ? null : fs.readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
