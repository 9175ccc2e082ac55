/** Merges the stacks of one block and finds the frame that held most of it. Pure. */
import type { RawFrame } from "./block-report";
import { hasNamedFile } from "./stack-frames";

/** One stack with how often it was seen. */
export interface CountedStack {
  readonly frames: readonly RawFrame[];
  samples: number;
}

export interface Culprit {
  /** The whole stack, the culprit first; what lay above it in the sample is left out. */
  readonly stack: readonly RawFrame[];
  /** Share of the samples in which the culprit was the innermost named frame. */
  readonly selfShare: number;
  /** The built-in or Node API that the culprit was calling in most of its samples, or null. */
  readonly callee: string | null;
}

/** Distinct stacks, most frequent first. */
export function mergeStacks(stacks: readonly (readonly RawFrame[])[]): CountedStack[] {
  const byKey = new Map<string, CountedStack>();
  for (const frames of stacks) {
    const key = frames.map(placeOf).join("\n");
    const known = byKey.get(key);
    if (known === undefined) byKey.set(key, { frames, samples: 1 });
    else known.samples++;
  }
  return [...byKey.values()].sort((a, b) => b.samples - a.samples);
}

/**
 * Walks from the outermost frame inwards as long as one callee holds more than half of all samples: the last
 * one is the culprit. Built-ins and Node's own code are not blamed: their caller is, with their name beside.
 */
export function findCulprit(stacks: readonly (readonly RawFrame[])[]): Culprit | null {
  // What runs between two tasks is Node's own: it says nothing as long as other samples do.
  const telling = stacks.some((frames) => frames.some(isNamed))
    ? stacks.filter((frames) => frames.some(isNamed))
    : stacks;
  const walks = telling.map((frames) => namedFrames(frames).reverse()).filter((walk) => walk.length > 0);
  if (walks.length === 0) return null;
  let through = walks;
  let depth = 0;
  for (;;) {
    const heaviest = largestGroup(
      through.filter((walk) => walk.length > depth),
      (walk) => functionOf(walk[depth] as RawFrame),
    );
    if (heaviest === undefined || heaviest.length * 2 <= walks.length) break;
    through = heaviest;
    depth++;
  }
  // Without a common root the most frequent innermost frame has to do.
  if (depth === 0) {
    through = largestGroup(walks, (walk) => functionOf(walk.at(-1) as RawFrame)) ?? walks;
    depth = (through[0] as readonly RawFrame[]).length;
  }
  const chosen = representative(through, depth);
  const self = through.filter((walk) => walk.length === depth).length;
  const original = stacks.find((frames) => frames.includes(chosen)) as readonly RawFrame[];
  const position = original.indexOf(chosen);
  return {
    stack: original.slice(position),
    selfShare: self / walks.length,
    callee: commonCallee(stacks, chosen, walks.length),
  };
}

/** What the culprit was calling in more than half of all samples, or null. */
function commonCallee(
  stacks: readonly (readonly RawFrame[])[],
  culprit: RawFrame,
  samples: number,
): string | null {
  const key = functionOf(culprit);
  const callees = stacks
    .map((frames) =>
      calleeOf(
        frames,
        frames.findIndex((frame) => functionOf(frame) === key),
      ),
    )
    .filter((callee) => callee !== null);
  const most = largestGroup(callees, (callee) => callee);
  return most !== undefined && most.length * 2 > samples ? (most[0] ?? null) : null;
}

/**
 * The commonest place of the culprit among its samples, those in its own code before those in what it called;
 * one inside the body goes before its header.
 */
function representative(walks: readonly (readonly RawFrame[])[], depth: number): RawFrame {
  const own = walks.filter((walk) => walk.length === depth);
  const frames = (own.length > 0 ? own : walks).map((walk) => walk[depth - 1] as RawFrame);
  const inside = frames.filter((frame) => !frame.atEntry);
  const candidates = inside.length > 0 ? inside : frames;
  const line = largestGroup(candidates, (frame) => String(frame.line)) as RawFrame[];
  return (largestGroup(line, (frame) => String(frame.column)) as RawFrame[])[0] as RawFrame;
}

const ITERATION = /Iterator\.next$/;

/** Name of what lies directly above the culprit: `RegExp.test`, `zlib.inflateSync`; null for its own code. */
function calleeOf(frames: readonly RawFrame[], position: number): string | null {
  const above = frames[position - 1];
  if (above === undefined || isNamed(above)) return null;
  if (above.file?.startsWith("wasm:") === true) return `WebAssembly.${above.function || "function"}`;
  if (above.function === "") return null;
  // A `for...of` asks its iterator: the time is the loop's.
  if (above.file === null) return ITERATION.test(above.function) ? null : above.function;
  if (above.file.startsWith("node:internal/modules/")) return null;
  const module = above.file.replace(/^node:(internal\/)?/, "").split("/")[0];
  return `${module}.${above.function}`;
}

/** Innermost first, without built-ins and Node's own code; all of them when there is nothing else. */
function namedFrames(frames: readonly RawFrame[]): RawFrame[] {
  const named = frames.filter(isNamed);
  return named.length > 0 ? named : frames.filter((frame) => frame.file !== null && !frame.awaits);
}

/** It has a name to tell, and was running: a function that awaits another was not. */
export function isNamed(frame: RawFrame): boolean {
  return hasNamedFile(frame) && !frame.awaits;
}

function placeOf(frame: RawFrame): string {
  return `${frame.function}@${frame.file}:${frame.line}`;
}

/** Identity of the function that a frame belongs to, whatever its line. */
export function functionOf(frame: RawFrame): string {
  return `${frame.function}@${frame.file}`;
}

function largestGroup<T>(items: readonly T[], keyOf: (item: T) => string): T[] | undefined {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()].sort((a, b) => b.length - a.length)[0];
}
