/**
 * Takes the stack of the thread it runs in. Called inside an interrupt of running code, so it allocates
 * little, touches no shared state of Node's, starts nothing, and leaves `Error` as it found it.
 */
import { executionAsyncId } from "node:async_hooks";
import path from "node:path";
import { monotonicMs } from "../clock";
import type { RawFrame, RequestIdentity } from "./block-report";
import { framesOfText } from "./stack-text";

/** The capture function hangs on `globalThis` under this key, where the agent's thread can call it by name. */
export const CAPTURE_KEY = "loopscope.capture";

const MAX_FRAMES = 128;
/** Frames of each stack whose files are noted for their source maps. */
const NOTED_FRAMES = 8;
/** The agent's own code (wrappers, above all) is no part of anybody's stack. */
const OWN_FOLDER = path.dirname(__dirname) + path.sep;

// Held before the application can replace or wrap them.
const stringify = JSON.stringify;
const enqueueMicrotask = queueMicrotask;

/** What a capture answers, as JSON: a StackSample without the time of asking. */
export interface CaptureAnswer {
  readonly capturedMs: number;
  readonly turn: number;
  readonly asyncId: number;
  readonly request: RequestIdentity | null;
  readonly frames: readonly RawFrame[];
}

export interface CaptureHooks {
  /** The request that the interrupted code works for; called inside the interrupt. */
  readonly noteRequest: () => RequestIdentity | null;
  /** Called once the interrupted task is over, as a microtask. */
  readonly afterTask: () => void;
  /** Told of the innermost file of each stack: its source map may be in this thread only. */
  readonly noteFile: (file: string) => void;
}

/** Puts the capture function in its place. @returns takes it away again. */
export function installCapture(hooks: CaptureHooks): () => void {
  let turn = 0;
  const endOfTurn = () => {
    turn++;
    hooks.afterTask();
  };
  const capture = (): string => {
    const capturedMs = monotonicMs();
    // The first frame below this function is the inspector's own evaluation.
    const frames = captureFrames(capture).slice(1);
    const answer: CaptureAnswer = {
      capturedMs,
      turn,
      asyncId: executionAsyncId(),
      request: requestOrNull(hooks),
      frames,
    };
    enqueueMicrotask(endOfTurn);
    for (const { file } of frames.slice(0, NOTED_FRAMES)) if (file !== null) hooks.noteFile(file);
    return stringify(answer);
  };
  const key = Symbol.for(CAPTURE_KEY);
  Object.defineProperty(globalThis, key, { value: capture, configurable: true, enumerable: false });
  return () => {
    Reflect.deleteProperty(globalThis, key);
  };
}

function requestOrNull(hooks: CaptureHooks): RequestIdentity | null {
  try {
    return hooks.noteRequest();
  } catch {
    return null;
  }
}

/** The stack of the caller of `below`, innermost first. */
export function captureFrames(below: (...args: never[]) => unknown): RawFrame[] {
  const limit = Error.stackTraceLimit;
  const prepare = Error.prepareStackTrace;
  const holder: { stack?: unknown } = {};
  // `--frozen-intrinsics` leaves the text only.
  const frozen = Object.isFrozen(Error);
  try {
    if (!frozen) {
      Error.stackTraceLimit = MAX_FRAMES;
      // Without this, an application's own formatter (source-map-support) would run inside the interrupt.
      Error.prepareStackTrace = (_error, sites) => sites.map(rawFrame);
    }
    Error.captureStackTrace(holder, below);
    const frames = frozen ? framesOfText(String(holder.stack)) : (holder.stack as RawFrame[]);
    return frames.filter((frame) => frame.file?.startsWith(OWN_FOLDER) !== true);
  } finally {
    if (!frozen) {
      Error.stackTraceLimit = limit;
      Error.prepareStackTrace = prepare;
    }
  }
}

function rawFrame(site: NodeJS.CallSite): RawFrame {
  const line = site.getLineNumber();
  const column = site.getColumnNumber();
  const functionLine = site.getEnclosingLineNumber();
  const functionColumn = site.getEnclosingColumnNumber();
  return {
    function: functionNameOf(site),
    file: site.getFileName() ?? null,
    line,
    column,
    functionLine,
    functionColumn,
    atEntry:
      line !== null && functionLine === line && isEntryColumn(site, Number(column) - Number(functionColumn)),
    awaits: site.isAsync(),
  };
}

/** What may stand before the name of a function; a method has nothing there. */
const HEADS = ["", "function ", "function* ", "async function ", "async ", "async function* "];

/** At the entry V8 gives the position of the parameters: right after the name where there is one. */
function isEntryColumn(site: NodeJS.CallSite, offset: number): boolean {
  if (offset === 0) return true;
  const name = site.getFunctionName()?.split(".").at(-1) ?? "";
  return name !== "" && HEADS.some((head) => offset === head.length + name.length);
}

function functionNameOf(site: NodeJS.CallSite): string {
  const name = site.getFunctionName();
  // Built-in functions have no file; their type tells `RegExp.test` from `Array.test`.
  const file: string | null | undefined = site.getFileName();
  if ((file === undefined || file === null) && name !== null && !name.includes(".")) {
    const type = site.getTypeName();
    return type === null ? name : `${type}.${name}`;
  }
  return name ?? "";
}
