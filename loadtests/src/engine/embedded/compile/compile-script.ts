/** From a script's path to a function that makes a virtual user's own copy of it. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { LoadScriptError } from "../load-script-error.js";
import { bundleScript } from "./bundle-script.js";
import { rewriteScript } from "./rewrite-script.js";
import { bundlePositions, StackMapper } from "./source-positions.js";

/** Runs the init code and gives the script's exports. Its arguments are INSTANCE_PARAMETERS. */
export type MakeInstance = (...args: unknown[]) => Promise<Readonly<Record<string, unknown>>>;

export interface CompiledScript {
  readonly makeInstance: MakeInstance;
  readonly stacks: StackMapper;
  /** Whether it has loops, which might never end. */
  readonly hasLoops: boolean;
}

/** @throws LoadScriptError */
export async function compileScript(scriptPath: string): Promise<CompiledScript> {
  const bundled = await bundleScript(scriptPath);
  const positions = bundlePositions(bundled.map, path.dirname(scriptPath));
  const rewritten = rewriteScript(bundled.code, positions);
  const folder = mkdtempSync(path.join(tmpdir(), "loopscope-script-"));
  const file = path.join(folder, `${path.parse(scriptPath).name}.mjs`);
  const url = pathToFileURL(file).href;
  try {
    writeFileSync(file, rewritten.code);
    const loaded = (await import(url)) as { readonly default: MakeInstance };
    const stacks = new StackMapper(rewritten.map, positions, url);
    return { makeInstance: loaded.default, stacks, hasLoops: rewritten.hasLoops };
  } catch (error) {
    // Only imports of packages run here; the script's own code runs in makeInstance.
    throw new LoadScriptError(
      "script-threw",
      `${scriptPath}: an import failed: ${(error as Error).message}.`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
