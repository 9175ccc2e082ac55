/**
 * A compiled script, and its way into a thread. Apart from the compiler: a thread that only runs scripts
 * starts with 0.1 s of CPU less without it.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { LoadScriptError } from "../load-script-error.js";
import { bundlePositions, StackMapper } from "./source-positions.js";

/** Runs the init code and gives the script's exports. Its arguments are INSTANCE_PARAMETERS. */
export type MakeInstance = (...args: unknown[]) => Promise<Readonly<Record<string, unknown>>>;

/** The script as compiled text, which can be handed to another thread. */
export interface ScriptText {
  /** Absolute. */
  readonly scriptPath: string;
  readonly code: string;
  /** From the code to the bundle, and from the bundle to the user's files; JSON. */
  readonly rewrittenMap: string;
  readonly bundleMap: string;
  /** Whether it has loops, which might never end. */
  readonly hasLoops: boolean;
}

export interface CompiledScript {
  readonly text: ScriptText;
  readonly makeInstance: MakeInstance;
  readonly stacks: StackMapper;
}

/** @throws LoadScriptError */
export async function loadScriptText(text: ScriptText): Promise<CompiledScript> {
  const { scriptPath, code, rewrittenMap, bundleMap } = text;
  const folder = mkdtempSync(path.join(tmpdir(), "loopscope-script-"));
  const file = path.join(folder, `${path.parse(scriptPath).name}.mjs`);
  const url = pathToFileURL(file).href;
  try {
    writeFileSync(file, code);
    const loaded = (await import(url)) as { readonly default: MakeInstance };
    const positions = bundlePositions(bundleMap, path.dirname(scriptPath));
    return { text, makeInstance: loaded.default, stacks: new StackMapper(rewrittenMap, positions, url) };
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
