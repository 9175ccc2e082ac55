/** From places in the compiled script back to the user's own files. */

import path from "node:path";
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";

export interface SourcePositions {
  /** `file:line:column` for a place in the bundle. @param line from 1 @param column from 0 */
  inBundle(line: number, column: number): string;
}

/** @param bundleMap esbuild's map, JSON @param folder that the map's sources are relative to */
export function bundlePositions(bundleMap: string, folder: string): SourcePositions {
  const map = new TraceMap(bundleMap);
  return {
    inBundle(line, column) {
      const found = originalPositionFor(map, { line, column });
      if (found.source === null) return `${folder}:${line}:${column + 1}`;
      return `${path.resolve(folder, found.source)}:${found.line}:${found.column + 1}`;
    },
  };
}

/** Rewrites an error of the script so that its stack names the user's files, without our own frames. */
export class StackMapper {
  readonly #rewritten: TraceMap;
  readonly #bundle: SourcePositions;
  readonly #compiledName: string;

  /** @param compiledName as it stands in stacks: the compiled module's URL or path */
  constructor(rewrittenMap: string, bundle: SourcePositions, compiledName: string) {
    this.#rewritten = new TraceMap(rewrittenMap);
    this.#bundle = bundle;
    this.#compiledName = compiledName;
  }

  /** `TypeError: ... at checkout (/a/script.ts:12:5)`, one line a frame; the plain text when nothing maps. */
  describe(error: unknown): string {
    if (!(error instanceof Error)) return String(error);
    const [head, frames] = splitStack(error);
    const mapped = frames
      .filter((frame) => frame.includes(this.#compiledName))
      .map((frame) => this.#mapFrame(frame));
    return [head, ...mapped].join("\n");
  }

  /** `file:line:column` of the innermost frame in the user's files, or null. */
  place(error: unknown): string | null {
    if (!(error instanceof Error)) return null;
    const frame = splitStack(error)[1].find((one) => one.includes(this.#compiledName));
    return frame === undefined ? null : this.#mapPlace(frame);
  }

  #mapFrame(frame: string): string {
    const place = this.#mapPlace(frame);
    if (place === null) return frame;
    const name = /^\s*at (?:async )?(\S+) \(/.exec(frame)?.[1];
    return name === undefined || name.endsWith("__instance")
      ? `    at ${place}`
      : `    at ${name} (${place})`;
  }

  #mapPlace(frame: string): string | null {
    const position = /:(\d+):(\d+)\)?$/.exec(frame);
    if (position === null) return null;
    const found = originalPositionFor(this.#rewritten, {
      line: Number(position[1]),
      column: Number(position[2]) - 1,
    });
    return found.line === null ? null : this.#bundle.inBundle(found.line, found.column);
  }
}

function splitStack(error: Error): [head: string, frames: string[]] {
  const lines = (error.stack ?? "").split("\n");
  const frames = lines.filter((line) => /^\s+at /.test(line));
  return [`${error.name}: ${error.message}`, frames];
}
