/** The frame of a page that holds its own script and style, and the dialog for a block's stacks. */

import { createHash } from "node:crypto";
import { escapeHtml, jsonForScript } from "./html-text.js";

export interface HtmlDocument {
  readonly title: string;
  readonly style: string;
  readonly script: string;
  /** Text of the link that leads a keyboard past what stands before the contents. */
  readonly skipLink: string;
  /** What `main` holds, as safe HTML. */
  readonly body: readonly string[];
  /** What the script reads from the element `page-data`; absent: there is none. */
  readonly data?: unknown;
  /** Where the script may ask; absent: nowhere. */
  readonly connect?: "'self'";
}

export function htmlDocument(page: HtmlDocument): string {
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${contentPolicy(page)}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escapeHtml(page.title)}</title>`,
    `<style>${page.style}</style>`,
    "</head>",
    "<body>",
    `<a class="skip" href="#report">${escapeHtml(page.skipLink)}</a>`,
    '<main id="report">',
    ...page.body,
    "</main>",
    '<dialog id="block-dialog" aria-labelledby="block-dialog-title">',
    '<form method="dialog" class="dialog-head"><button>Close</button></form><div class="dialog-body"></div>',
    "</dialog>",
    ...(page.data === undefined
      ? []
      : [`<script type="application/json" id="page-data">${jsonForScript(page.data)}</script>`]),
    `<script>${page.script}</script>`,
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

/** Nothing but what is in the page runs, and nothing is fetched but from where `connect` allows. */
function contentPolicy(page: HtmlDocument): string {
  const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  return [
    "default-src 'none'",
    `script-src ${hash(page.script)}`,
    `style-src ${hash(page.style)}`,
    "img-src data:",
    ...(page.connect === undefined ? [] : [`connect-src ${page.connect}`]),
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}
