import type { Block } from "../catalog/block";

/**
 * What a block says, under the names of the semantic conventions where they have one.
 * https://opentelemetry.io/docs/specs/semconv/registry/attributes/code/
 */
export function blockAttributes(block: Block): Readonly<Record<string, string | number>> {
  const stack = block.stack.map((frame) => `${frame.function} (${frame.file}:${frame.line}:${frame.column})`);
  const attributes: Record<string, string | number | null> = {
    "code.function.name": block.function,
    "code.file.path": block.file,
    "code.line.number": block.line,
    "code.column.number": block.column,
    "code.stacktrace": stack.length === 0 ? null : stack.join("\n"),
    "http.request.method": block.method,
    "http.route": block.route,
    "thread.name": block.thread,
    "loopscope.block.id": block.id,
    "loopscope.block.cause": block.cause,
    "loopscope.block.confidence": block.confidence,
    "loopscope.block.native_call": block.evidence.nativeCall,
  };
  return Object.fromEntries(
    Object.entries(attributes).filter((entry): entry is [string, string | number] => entry[1] !== null),
  );
}
