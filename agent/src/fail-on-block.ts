/**
 * Test mode: a block of the given length makes the code under test fail, with the blocking place as the
 * error's stack. Thrown asynchronously, so that the test runner (node:test, Jest, Vitest) sees an uncaught
 * error of the running test; at the end of the process the exit code says it.
 */
import type { Block } from "./catalog/block";
import { AgentError } from "./errors";
import { describeBlock } from "./eventloop/block-log";

export interface FailOnBlock {
  onBlock(block: Block): void;
}

/** @param limitMs blocks of at least this long fail; those of the machine's own making and of start-up do not. */
export function createFailOnBlock(limitMs: number): FailOnBlock {
  return {
    onBlock: (block) => {
      if (block.durationMs < limitMs || block.cause === "host" || block.cause === "module-load") return;
      process.exitCode ??= 1;
      setImmediate(() => {
        throw blockedError(block, limitMs);
      });
    },
  };
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
