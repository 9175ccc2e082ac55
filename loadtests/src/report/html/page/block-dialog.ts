/**
 * One block in full: what held the loop, in which request, and its stacks. Esc closes it, focus goes back.
 */

import { formatElapsed } from "./axis-format.js";
import { flameView } from "./flame-view.js";
import type { PageBlock, PageData } from "./page-data.js";

export function openBlockDialog(block: PageBlock, data: PageData): void {
  const dialog = document.getElementById("block-dialog");
  if (!(dialog instanceof HTMLDialogElement)) return;
  const title = textElement("h2", block.title);
  title.id = "block-dialog-title";
  const where = textElement("p", [block.place, block.route].filter((part) => part !== "").join(" in "));
  where.className = "place";
  const facts = document.createElement("dl");
  for (const [name, value] of [["at", formatElapsed(block.second)] as const, ...block.facts]) {
    facts.append(textElement("dt", name), textElement("dd", value));
  }
  const stacks =
    block.profile.length === 0
      ? [textElement("p", "Its stacks are not in this file: they are in run.json and timeline.ndjson.")]
      : [textElement("h3", "Stacks while it blocked"), flameView(block, data), textStack(block, data)];
  const body = document.createElement("div");
  body.append(title, where, facts, ...stacks);
  dialog.querySelector(".dialog-body")?.replaceChildren(body);
  if (!dialog.open) dialog.showModal();
}

/** The commonest stack as plain lines: to copy, and for those who read by ear. */
function textStack(block: PageBlock, data: PageData): HTMLElement {
  const details = document.createElement("details");
  details.append(textElement("summary", "As text"));
  const list = document.createElement("ol");
  for (const frame of data.stacks[block.profile[0]?.[0] ?? -1] ?? []) {
    const [name = "(anonymous)", place = ""] = data.frames[frame] ?? [];
    list.append(textElement("li", place === "" ? name : `${name} (${place})`));
  }
  details.append(list);
  return details;
}

function textElement(tag: string, text: string): HTMLElement {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}
