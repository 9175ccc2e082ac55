/** Joins a load script with its local modules, types stripped, into one ES module. */

import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { BuildFailure, Message, OnResolveResult, Plugin } from "esbuild";
import { build } from "../../../esbuild.js";
import { isK6Specifier, K6_MODULE_EXPORTS, missingModuleSentence } from "../k6/k6-module-exports.js";
import { LoadScriptError } from "../load-script-error.js";

export interface BundledScript {
  readonly code: string;
  /** From the bundle to the user's files, JSON. */
  readonly map: string;
}

/** Marks a resolution asked for by the plugin itself. */
const RESOLVING = Symbol("resolving");

/**
 * @param scriptPath absolute
 * @throws LoadScriptError `script-not-found`, `script-syntax` or `script-unsupported`
 */
export async function bundleScript(scriptPath: string): Promise<BundledScript> {
  try {
    readFileSync(scriptPath);
  } catch (error) {
    const reason =
      (error as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : String(error);
    throw new LoadScriptError("script-not-found", `Cannot read the load script ${scriptPath}: ${reason}.`);
  }
  try {
    const result = await build({
      entryPoints: [scriptPath],
      bundle: true,
      write: false,
      outfile: `${scriptPath}.loopscope.mjs`,
      format: "esm",
      platform: "node",
      target: "es2023",
      sourcemap: "external",
      sourcesContent: false,
      charset: "utf8",
      legalComments: "none",
      logLevel: "silent",
      // The script's own tsconfig may extend what is not installed here; only types depend on it.
      tsconfigRaw: "{}",
      plugins: [k6Imports],
    });
    const text = (end: string) => result.outputFiles.find((file) => file.path.endsWith(end))?.text ?? "";
    return { code: text(".mjs"), map: text(".map") };
  } catch (error) {
    throw fromBuildFailure(error as BuildFailure);
  }
}

/** k6's modules stay imports for us to answer, local files are joined in, packages are left to Node. */
const k6Imports: Plugin = {
  name: "k6-imports",
  setup(building) {
    building.onResolve({ filter: /.*/ }, async (args): Promise<OnResolveResult | undefined> => {
      if (args.pluginData === RESOLVING || args.kind === "entry-point") return undefined;
      const specifier = args.path;
      if (isK6Specifier(specifier)) {
        if (K6_MODULE_EXPORTS[specifier] !== undefined) return { path: specifier, external: true };
        return { errors: [{ text: missingModuleSentence(specifier) }] };
      }
      if (/^https?:/.test(specifier)) {
        const text = `remote modules are not fetched: save ${specifier} beside the script and import that file`;
        return { errors: [{ text }] };
      }
      if (builtinModules.includes(specifier) || specifier.startsWith("node:")) {
        return { path: specifier, external: true };
      }
      if (specifier.startsWith(".") || path.isAbsolute(specifier)) return undefined;
      const found = await building.resolve(specifier, {
        kind: args.kind,
        importer: args.importer,
        resolveDir: args.resolveDir,
        pluginData: RESOLVING,
      });
      if (found.errors.length > 0) return { errors: found.errors };
      return { path: pathToFileURL(found.path).href, external: true };
    });
  },
};

function fromBuildFailure(failure: BuildFailure): Error {
  const first: Message | undefined = failure.errors?.[0];
  if (first === undefined) return failure;
  const where = first.location;
  const place = where === null ? "" : `${path.resolve(where.file)}:${where.line}:${where.column + 1}: `;
  const unsupported = first.pluginName === k6Imports.name && !first.text.startsWith("Could not resolve");
  return new LoadScriptError(
    unsupported ? "script-unsupported" : "script-syntax",
    `${place}${first.text}${/[.!?]$/.test(first.text) ? "" : "."}`,
  );
}
