/** The page of `loopscope top --web`: its frame, with nothing in it yet. What it shows comes as events. */

import { htmlDocument } from "./html-document.js";
import { escapeHtml } from "./html-text.js";
import { LIVE_STYLE } from "./live-style.js";
import type { LiveOrder } from "./page/live-data.js";
import { chartStyle, pageScript } from "./page-script.js";
import { PAGE_STYLE } from "./page-style.js";

/** Lengths of the time axis that can be chosen, seconds, and their names. */
const SPANS: readonly (readonly [seconds: number, name: string])[] = [
  [120, "2 minutes"],
  [60, "1 minute"],
  [300, "5 minutes"],
];
const ORDERS: readonly LiveOrder[] = ["requests", "errors", "p50", "p95", "p99"];

export interface LivePageOptions {
  /** The agent's. */
  readonly url: string;
  /** How long a profile takes that the page asks for. */
  readonly profileSeconds: number;
}

export async function renderLivePage(options: LivePageOptions): Promise<string> {
  const [script, charts] = await Promise.all([pageScript("live-main"), chartStyle()]);
  return htmlDocument({
    title: `${options.url} – Loopscope`,
    style: `${charts}${PAGE_STYLE}${LIVE_STYLE}`,
    script,
    skipLink: "Skip to the view",
    connect: "'self'",
    body: [
      headSection(options),
      '<section aria-label="The latest second"><dl class="figures" id="figures"></dl></section>',
      '<div class="live-tables">',
      ROUTE_SECTION,
      BLOCK_SECTION,
      "</div>",
      WAIT_SECTION,
      '<section aria-labelledby="charts-title"><h2 id="charts-title">Over time</h2>',
      '<p class="faint wide">Drag over a stretch to look closer: that pauses the view, and a double click lets it go on. Triangles are blocks: click one for its stack.</p>',
      '<div id="charts"></div></section>',
    ],
  });
}

function headSection(options: LivePageOptions): string {
  const spans = SPANS.map(([seconds, name]) => `<option value="${seconds}">${name}</option>`);
  return [
    `<header class="live-head"><h1>${escapeHtml(options.url)}</h1>`,
    '<p><span id="status" class="tag doubt">connecting</span> <span id="process" class="faint"></span></p></header>',
    "<noscript><p>This page needs JavaScript.</p></noscript>",
    '<p id="announcement" role="status" class="notice"></p>',
    '<div class="toolbar" role="group" aria-label="View">',
    '<button id="pause">Pause</button>',
    `<button id="profile">CPU profile of ${options.profileSeconds} s</button>`,
    `<label><span>Charts show </span><select id="span" aria-label="Charts show">${spans.join("")}</select></label>`,
    '<output id="profile-status" class="faint"></output>',
    "</div>",
  ].join("");
}

const ROUTE_SECTION = [
  '<section aria-labelledby="routes-title"><h2 id="routes-title">Routes</h2>',
  '<p class="faint">Requests of the last minute. A heading sorts by it.</p>',
  '<div class="scroll" tabindex="0" role="region" aria-labelledby="routes-title"><table><thead><tr>',
  '<th scope="col">route</th>',
  ...ORDERS.map(
    (order) =>
      `<th scope="col" class="number"><button class="sort" data-order="${order}">${order}</button></th>`,
  ),
  '</tr></thead><tbody id="routes"></tbody></table></div></section>',
].join("");

const BLOCK_SECTION = [
  '<section aria-labelledby="blocks-title"><h2 id="blocks-title">Blocks</h2>',
  '<p class="faint" id="block-summary">None so far.</p>',
  '<div class="scroll" tabindex="0" role="region" aria-labelledby="blocks-title"><table><thead><tr>',
  '<th scope="col">at (UTC)</th><th scope="col" class="number">for</th>',
  '<th scope="col">function, where</th><th scope="col">route, cause</th>',
  '</tr></thead><tbody id="blocks"></tbody></table></div></section>',
].join("");

const WAIT_SECTION = [
  '<section id="wait-section" aria-labelledby="waits-title" hidden><h2 id="waits-title">Queues and pools</h2>',
  '<div class="scroll" tabindex="0" role="region" aria-labelledby="waits-title"><table><thead><tr>',
  '<th scope="col">name</th><th scope="col">kind</th><th scope="col" class="number">waiting</th>',
  '<th scope="col" class="number">at work</th><th scope="col" class="number">wait p95</th>',
  '</tr></thead><tbody id="waits"></tbody></table></div></section>',
].join("");
