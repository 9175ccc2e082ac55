/** `a?.b().c`, where `b` waits: awaiting the call in the middle must not lose the short way out of the chain. */

import type { AnyNode, CallExpression, MemberExpression, Program } from "acorn";
import { simple } from "acorn-walk";

/**
 * What must follow the awaited call instead of nothing, by call: `(await a?.b())?.c`. It differs from the script
 * only where `b` itself gives null or undefined, which then ends the chain instead of throwing.
 */
export function chainSuffixes(program: Program): ReadonlyMap<AnyNode, string> {
  const suffixes = new Map<AnyNode, string>();
  simple(program, {
    ChainExpression({ expression }) {
      let outer: AnyNode = expression;
      for (let inner = nextLink(outer); inner !== null; inner = nextLink(inner)) {
        const link = outer as CallExpression | MemberExpression;
        if (inner.type === "CallExpression" && !link.optional && hasOptional(inner)) {
          const plainMember = link.type === "MemberExpression" && !link.computed;
          suffixes.set(inner, plainMember ? "?" : "?.");
        }
        outer = inner;
      }
    },
  });
  return suffixes;
}

/** The link that this one continues; null at the chain's beginning. */
function nextLink(link: AnyNode): CallExpression | MemberExpression | null {
  const inner =
    link.type === "CallExpression" ? link.callee : link.type === "MemberExpression" ? link.object : null;
  return inner !== null && (inner.type === "CallExpression" || inner.type === "MemberExpression")
    ? inner
    : null;
}

function hasOptional(link: CallExpression | MemberExpression): boolean {
  for (let one: CallExpression | MemberExpression | null = link; one !== null; one = nextLink(one)) {
    if (one.optional) return true;
  }
  return false;
}
