/**
 * One block in full: what held the loop, in which request, and its stacks. Esc closes it, focus goes back.
 */

import { flameView } from "./flame-view.js";
import type { PageBlock, PageStacks } from "./page-data.js";

export interface BlockDialogSurroundings {
  /** A second of the time axis, in words. */
  formatTime(second: number): string;
  /** Said of a block without stacks. */
  readonly withoutStacks: string;
}

export function openBlockDialog(
  block: PageBlock,
  data: PageStacks,
  surroundings: BlockDialogSurroundings,
): void {
  const dialog = document.getElementById("block-dialog");
  if (!(dialog instanceof HTMLDialogElement)) return;
  const title = textElement("h2", block.title);
  title.id = "block-dialog-title";
  const where = textElement("p", [block.place, block.route].filter((part) => part !== "").join(" in "));
  where.className = "place";
  const facts = document.createElement("dl");
  for (const [name, value] of [["at", surroundings.formatTime(block.second)] as const, ...block.facts]) {
    facts.append(textElement("dt", name), textElement("dd", value));
  }
  const stacks =
    block.profile.length === 0
      ? [textElement("p", surroundings.withoutStacks)]
      : [textElement("h3", "Stacks while it blocked"), flameView(block, data), textStack(block, data)];
  const body = document.createElement("div");
  body.append(title, where, facts, ...stacks);
  dialog.querySelector(".dialog-body")?.replaceChildren(body);
  if (!dialog.open) dialog.showModal();
}

/** The commonest stack as plain lines: to copy, and for those who read by ear. */
function textStack(block: PageBlock, data: PageStacks): HTMLElement {
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
