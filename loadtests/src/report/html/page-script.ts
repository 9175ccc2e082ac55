/**
 * A page's script, as one text to put into the page: the compiled files of `page/` and uPlot, bundled once.
 */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "../../esbuild.js";

/** Which page: the report, or the live view of `loopscope top --web`. */
export type PageEntry = "main" | "live-main";

const bundled = new Map<PageEntry, Promise<string>>();

/** Bundled on first use and kept: the same for every page of this process. */
export function pageScript(entry: PageEntry): Promise<string> {
  const script = bundled.get(entry) ?? bundlePage(entry);
  bundled.set(entry, script);
  return script;
}

/** uPlot's own style sheet. */
export async function chartStyle(): Promise<string> {
  const entry = createRequire(import.meta.url).resolve("uplot");
  return readFile(new URL("uPlot.min.css", `file://${entry}`), "utf8");
}

async function bundlePage(entry: PageEntry): Promise<string> {
  const result = await build({
    entryPoints: [fileURLToPath(new URL(`./page/${entry}.js`, import.meta.url))],
    bundle: true,
    write: false,
    minify: true,
    format: "iife",
    target: "es2022",
    legalComments: "none",
    sourcemap: false,
  });
  // In a page, "</script" ends the script wherever it stands, also within a string.
  return (result.outputFiles[0]?.text ?? "").replaceAll("</script", "<\\/script");
}
