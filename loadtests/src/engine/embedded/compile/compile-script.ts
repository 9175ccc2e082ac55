/** From a script's path to a function that makes a virtual user's own copy of it. */

import path from "node:path";
import { bundleScript } from "./bundle-script.js";
import { rewriteScript } from "./rewrite-script.js";
import { type CompiledScript, loadScriptText } from "./script-text.js";
import { bundlePositions } from "./source-positions.js";

/** @throws LoadScriptError */
export async function compileScript(scriptPath: string): Promise<CompiledScript> {
  const bundled = await bundleScript(scriptPath);
  const rewritten = rewriteScript(bundled.code, bundlePositions(bundled.map, path.dirname(scriptPath)));
  return await loadScriptText({
    scriptPath,
    code: rewritten.code,
    rewrittenMap: rewritten.map,
    bundleMap: bundled.map,
    hasLoops: rewritten.hasLoops,
  });
}
