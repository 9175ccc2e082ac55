/** The keys of `options.thresholds`: `http_req_duration{name:login,method:POST}`, read as k6 reads them. */

import type { MetricSelector } from "../engine/engine.js";

/** The metric's name and its tags (all must match), or the reason why the key is malformed. */
export function parseMetricSelector(
  key: string,
):
  | { readonly ok: true; readonly selector: MetricSelector }
  | { readonly ok: false; readonly reason: string } {
  const opening = key.indexOf("{");
  const closing = key.lastIndexOf("}");
  if (opening === -1 && closing === -1) return { ok: true, selector: { name: key, tags: {} } };
  if (opening === -1 || closing === -1 || closing < opening) {
    return { ok: false, reason: "its curly braces do not match" };
  }
  if (closing !== key.length - 1) return { ok: false, reason: "the closing brace must come last" };
  const tags: Record<string, string> = {};
  for (const part of key.slice(opening + 1, closing).split(",")) {
    const colon = part.indexOf(":");
    if (colon === -1 || colon === part.length - 1) {
      return { ok: false, reason: `its tag "${part}" must be name:value` };
    }
    tags[unquoted(part.slice(0, colon))] = unquoted(part.slice(colon + 1));
  }
  return { ok: true, selector: { name: key.slice(0, opening), tags } };
}

/** k6 strips spaces, then quotes of either kind, from both ends. */
function unquoted(text: string): string {
  return text.trim().replace(/^["']+|["']+$/g, "");
}

/** Canonical text of a selector, so that equal ones compare equal. */
export function selectorKey(selector: MetricSelector): string {
  const tags = Object.entries(selector.tags).sort(([a], [b]) => (a < b ? -1 : 1));
  const window = [
    selector.lastSeconds === undefined ? "" : `[last ${selector.lastSeconds}s]`,
    selector.forAll === undefined ? "" : `[forall ${selector.forAll}]`,
  ].join("");
  if (tags.length === 0) return `${selector.name}${window}`;
  return `${selector.name}{${tags.map(([name, value]) => `${name}:${value}`).join(",")}}${window}`;
}
