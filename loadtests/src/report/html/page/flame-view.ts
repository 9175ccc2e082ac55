/** The stacks of a block as a flame view: outermost call on top, width by share of the samples. */

import type { PageBlock, PageStacks } from "./page-data.js";

interface FlameNode {
  readonly name: string;
  readonly place: string;
  samples: number;
  readonly children: Map<number, FlameNode>;
}

export function flameView(block: PageBlock, data: PageStacks): HTMLElement {
  const root: FlameNode = { name: "", place: "", samples: 0, children: new Map() };
  for (const [stack, samples] of block.profile) {
    root.samples += samples;
    let node = root;
    for (const frame of [...(data.stacks[stack] ?? [])].reverse()) {
      const [name = "(anonymous)", place = ""] = data.frames[frame] ?? [];
      const child = node.children.get(frame) ?? { name, place, samples: 0, children: new Map() };
      child.samples += samples;
      node.children.set(frame, child);
      node = child;
    }
  }
  const view = document.createElement("div");
  view.className = "flame";
  view.setAttribute("role", "tree");
  view.setAttribute("aria-label", "Stacks of this block, outermost call first");
  view.append(
    ...[...root.children.values()].map((child) => flameElement(child, root.samples, root.samples, 1)),
  );
  return view;
}

/** @param parentSamples what 100 % of the width is. */
function flameElement(
  node: FlameNode,
  parentSamples: number,
  allSamples: number,
  level: number,
): HTMLElement {
  const element = document.createElement("div");
  element.className = "flame-node";
  element.style.width = `${(100 * node.samples) / parentSamples}%`;
  element.setAttribute("role", "treeitem");
  element.setAttribute("aria-level", String(level));
  const share = Math.round((100 * node.samples) / allSamples);
  const text = `${node.name}${node.place === "" ? "" : `  ${node.place}`}  ${share} %`;
  const bar = document.createElement("div");
  bar.className = node.children.size === 0 ? "flame-bar flame-leaf" : "flame-bar";
  bar.title = text;
  bar.tabIndex = 0;
  const name = document.createElement("b");
  name.textContent = node.name;
  const place = document.createElement("span");
  place.textContent = ` ${node.place}`;
  bar.append(name, place);
  const children = document.createElement("div");
  children.className = "flame-children";
  children.setAttribute("role", "group");
  const below = [...node.children.values()].sort((a, b) => b.samples - a.samples);
  children.append(...below.map((child) => flameElement(child, node.samples, allSamples, level + 1)));
  element.append(bar, children);
  return element;
}
