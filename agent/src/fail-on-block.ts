/**
 * Test mode: a block of the given length makes the code under test fail, with the blocking place as the
 * error's stack. Thrown asynchronously, so that the test runner (node:test, Jest, Vitest) sees an uncaught
 * error of the running test; at the end of the process the exit code says it.
 */
import type { Block, StackFrame } from "./catalog/block";
import { AgentError } from "./errors";
import { isAllowedBlock } from "./eventloop/allowed-blocking";
import { describeBlock } from "./eventloop/block-log";
import { hasNamedFile, isOfApplication, isOfLoader, MAX_STACK_FRAMES } from "./eventloop/stack-frames";

export interface FailOnBlock {
  onBlock(block: Block): void;
}

/**
 * @param limitMs blocks fail of which the application's own code, or what it called, held at least this long;
 *   what is of the machine's own making, of loading and of the test runner does not count.
 * @param allowed the setting `allowBlocking`: what was found beside loading has not been held against it yet
 */
export function createFailOnBlock(limitMs: number, allowed: readonly string[]): FailOnBlock {
  return {
    onBlock: (whole) => {
      const block = whole.cause === "module-load" ? besideLoading(whole) : whole;
      if (block === null || block.cause === "host" || isAllowedBlock(block, allowed)) return;
      if (ownTimeMs(block) < limitMs) return;
      process.exitCode ??= 1;
      setImmediate(() => {
        throw blockedError(block, limitMs);
      });
    },
  };
}

/**
 * What of the block the code under test is answerable for, milliseconds: a test runner compiles and works
 * through its lists in the same turn. All of it where no stack is known.
 */
function ownTimeMs(block: Block): number {
  if (block.stack.length === 0) return block.durationMs;
  const calledMs = isOwn(block.stack) ? (block.evidence.nativeCallMs ?? 0) : 0;
  const samples = block.profile.reduce((sum, stack) => sum + stack.samples, 0);
  const own = block.profile.filter(({ frames }) => isOwn(frames)).reduce((sum, one) => sum + one.samples, 0);
  return Math.max(calledMs, samples === 0 ? 0 : (block.durationMs * own) / samples);
}

/**
 * What was done in the same turn as the loading of modules, as a block of its own; null: nothing. Its share
 * is that of all samples, since the profile keeps few of the many stacks of loading: rather too little.
 */
function besideLoading(block: Block): Block | null {
  const counts = (frames: readonly StackFrame[]) =>
    isOwn(frames) && isWhole(frames) && !frames.some(isOfLoader);
  const profile = block.profile.filter(({ frames }) => counts(frames));
  const [heaviest] = profile.toSorted((a, b) => b.samples - a.samples);
  const stack = heaviest?.frames.slice(heaviest.frames.findIndex(hasNamedFile)) ?? [];
  const [culprit] = stack;
  if (culprit === undefined) return null;
  const samples = profile.reduce((sum, one) => sum + one.samples, 0);
  const durationMs = Math.round((block.durationMs * samples) / block.samples);
  const evidence = { ...block.evidence, nativeCall: null, nativeCallMs: null };
  return { ...block, ...culprit, cause: "javascript", durationMs, stack, samples, profile, evidence };
}

/** Of a deeper stack the outermost frames, which might tell that modules were being loaded, are not kept. */
function isWhole(frames: readonly StackFrame[]): boolean {
  return frames.length < MAX_STACK_FRAMES;
}

/** Compiling the modules that a test imports is the runner's affair, though the test's frames are below it. */
const LOADERS = /[\\/]node_modules[\\/](jest-runtime|@jest[\\/]transform|vite-node)[\\/]/;

function isOwn(frames: readonly StackFrame[]): boolean {
  const first = frames.findIndex(isOfApplication);
  return first !== -1 && !frames.slice(0, first).some(({ file }) => LOADERS.test(file ?? ""));
}

function blockedError(block: Block, limitMs: number): AgentError {
  const error = new AgentError(
    "LOOPSCOPE_BLOCKED",
    `the event loop was ${describeBlock(block)}; at most ${limitMs} ms are allowed ` +
      `(LOOPSCOPE_FAIL_ON_BLOCK_MS; LOOPSCOPE_ALLOW_BLOCKING or allowBlocking() declares what is expected)`,
  );
  const frames = block.stack.map(
    (frame) => `    at ${frame.function} (${frame.file}:${frame.line}:${frame.column})`,
  );
  error.stack = [`${error.name}: ${error.message}`, ...frames].join("\n");
  return error;
}
