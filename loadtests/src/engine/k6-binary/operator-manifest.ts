/** The manifests that run a load script distributed, on Kubernetes, by k6's operator (k6.io/v1alpha1 TestRun). */

import path from "node:path";
import { stringify } from "yaml";
import { build } from "../../esbuild.js";
import { LoopscopeError } from "../../loopscope-error.js";

/** Kubernetes refuses a ConfigMap over 1 MiB; the rest of the manifest needs a little of it. */
const MAX_SCRIPT_BYTES = 1024 * 1024 - 4096;
const SCRIPT_FILE = "test.js";

export interface OperatorRequest {
  readonly scriptPath: string;
  /** Kubernetes name of both objects. */
  readonly name: string;
  /** Undefined: the namespace that `kubectl` uses. */
  readonly namespace: string | undefined;
  /** Pods that share the load, at least 1. */
  readonly parallelism: number;
  /** Image that holds the k6 binary. */
  readonly image: string;
  /** The script's `__ENV` in the pods. */
  readonly variables: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

/** Both manifests as one YAML text. @throws LoopscopeError when the script cannot be bundled or is too large. */
export async function operatorManifest(request: OperatorRequest): Promise<string> {
  const script = await bundleForK6(request.scriptPath);
  const bytes = Buffer.byteLength(script);
  if (bytes > MAX_SCRIPT_BYTES) {
    throw new LoopscopeError(
      "INVALID_RUN",
      `${request.scriptPath} must be at most ${MAX_SCRIPT_BYTES} bytes with its imports to fit a ConfigMap, got ${bytes}.`,
    );
  }
  const { name, namespace } = request;
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
  const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata, data: { [SCRIPT_FILE]: script } };
  const testRun = { apiVersion: "k6.io/v1alpha1", kind: "TestRun", metadata, spec: testRunSpec(request) };
  return [configMap, testRun].map((document) => stringify(document, { lineWidth: 0 })).join("---\n");
}

function testRunSpec(request: OperatorRequest): object {
  const tags = Object.entries({ testid: request.name, ...request.tags });
  const env = Object.entries(request.variables).map(([name, value]) => ({ name, value }));
  return {
    parallelism: request.parallelism,
    script: { configMap: { name: request.name, file: SCRIPT_FILE } },
    ...k6Arguments(tags.flatMap(([name, value]) => ["--tag", `${name}=${value}`])),
    runner: { image: request.image, ...(env.length === 0 ? {} : { env }) },
  };
}

/** What a shell leaves alone: the operator joins and splits `arguments`, in part by one. */
const PLAIN_WORD = /^[\w.=:/@%+,-]+$/;

/**
 * `arguments`, one text, is what every operator knows. `args`, a list, takes any value and came with operator
 * 1.6; an older one refuses it, so it is used where it must be.
 */
function k6Arguments(words: readonly string[]): object {
  return words.every((word) => PLAIN_WORD.test(word)) ? { arguments: words.join(" ") } : { args: words };
}

/**
 * The script with everything that it imports in one file, k6's own modules left to k6. Thresholds on metrics
 * that k6 does not have are taken out: k6 would refuse the whole script.
 */
export async function bundleForK6(scriptPath: string): Promise<string> {
  const absolute = path.resolve(scriptPath);
  const exported = await exportsOf(absolute);
  const names = exported.filter((name) => name !== "default" && name !== "options");
  const from = JSON.stringify(absolute);
  const entry = [
    `import * as script from ${from};`,
    exported.includes("default") ? `export { default } from ${from};` : "",
    names.length === 0 ? "" : `export { ${names.join(", ")} } from ${from};`,
    "const { thresholds = {}, ...others } = script.options ?? {};",
    "const ofK6 = ([key]) => !/^(target_|response_time\\b|schedule_slip\\b)/.test(key);",
    'const isOurs = (one) => /\\[\\s*last|^\\s*forall\\s/.test(typeof one === "string" ? one : one.threshold);',
    "const kept = Object.entries(thresholds).filter(ofK6).map(([key, list]) => [key, [list].flat().filter((one) => !isOurs(one))]);",
    "export const options = { ...others, thresholds: Object.fromEntries(kept.filter(([, list]) => list.length > 0)) };",
  ].join("\n");
  return await bundle(scriptPath, { contents: entry, resolveDir: path.dirname(absolute), loader: "js" });
}

async function exportsOf(absolute: string): Promise<readonly string[]> {
  try {
    const { metafile } = await build({ ...BUNDLE, entryPoints: [absolute], metafile: true });
    return Object.values(metafile.outputs)[0]?.exports ?? [];
  } catch (error) {
    throw bundleError(absolute, error);
  }
}

const BUNDLE = {
  bundle: true,
  write: false as const,
  format: "esm" as const,
  platform: "neutral" as const,
  target: "es2022",
  external: ["k6", "k6/*", "https://*"],
  logLevel: "silent" as const,
};

async function bundle(
  scriptPath: string,
  stdin: { readonly contents: string; readonly resolveDir: string; readonly loader: "js" },
): Promise<string> {
  try {
    const { outputFiles } = await build({ ...BUNDLE, stdin });
    return outputFiles[0]?.text ?? "";
  } catch (error) {
    throw bundleError(scriptPath, error);
  }
}

function bundleError(scriptPath: string, error: unknown): LoopscopeError {
  const first = (error as { errors?: { text: string; location?: { line: number } | null }[] }).errors?.[0];
  const line = first?.location?.line;
  const reason = first?.text ?? (error instanceof Error ? error.message : String(error));
  return new LoopscopeError(
    "INVALID_RUN",
    `${scriptPath}${line === undefined ? "" : `:${line}`}: ${reason}.`,
  );
}
