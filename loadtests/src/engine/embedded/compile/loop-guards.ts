/** Puts a call at the head of every loop's body, through which a loop that never ends can be broken off. */

import type { AnyNode, Program } from "acorn";
import { full } from "acorn-walk";
import type MagicString from "magic-string";

/** The name under which the rewritten script finds what to call. */
export const LOOP_GUARD = "__giveWay";

const LOOPS: ReadonlySet<string> = new Set([
  ...["DoWhileStatement", "ForInStatement", "ForOfStatement", "ForStatement", "WhileStatement"],
]);

export function loopBodies(program: Program): readonly AnyNode[] {
  const bodies: AnyNode[] = [];
  full(program, (node) => {
    const loop = node as AnyNode;
    if (LOOPS.has(loop.type) && "body" in loop) bodies.push(loop.body as AnyNode);
  });
  return bodies;
}

/** To be called before anything else is put where a body begins: what comes first stands first. */
export function openGuards(bodies: readonly AnyNode[], text: MagicString): void {
  for (const { type, start } of bodies) {
    if (type === "BlockStatement") text.appendRight(start + 1, ` ${LOOP_GUARD}();`);
    else text.appendRight(start, `{ ${LOOP_GUARD}(); `);
  }
}

/** To be called after everything else that is put where a body ends. */
export function closeGuards(bodies: readonly AnyNode[], text: MagicString): void {
  for (const { type, end } of bodies) if (type !== "BlockStatement") text.appendLeft(end, " }");
}
