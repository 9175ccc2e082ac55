import { writeFile } from "node:fs/promises";
import path from "node:path";
import { operatorManifest } from "../engine/k6-binary/operator-manifest.js";
import { EXIT_CODES } from "../exit-codes.js";
import { LoopscopeError } from "../loopscope-error.js";
import type { Invocation, VerbDefinition } from "./command-options.js";
import { keyValuePairs, wholeNumber } from "./option-values.js";

const DEFAULT_IMAGE = "grafana/k6:2.2.0";
const DEFAULT_PARALLELISM = 4;
const MAX_PARALLELISM = 1000;

export const K6_OPERATOR_VERB: VerbDefinition = {
  name: "k6-operator",
  usage: "k6-operator [options] <script>",
  summary:
    "Writes the TestRun and ConfigMap manifests that run a script distributed on Kubernetes by k6's operator.",
  positionals: ["<script>"],
  takesCommand: false,
  options: [
    {
      name: "name",
      value: "NAME",
      description: "Kubernetes name of both objects. Default: the script's name.",
    },
    { name: "namespace", value: "NAME", description: "Namespace of both objects. Default: kubectl's own." },
    { name: "parallelism", value: "N", description: "Pods that share the load. Default: 4." },
    { name: "image", value: "IMAGE", description: `Image with k6. Default: ${DEFAULT_IMAGE}.` },
    {
      name: "env",
      short: "e",
      value: "KEY=VALUE",
      multiple: true,
      description: "Sets __ENV.KEY in the pods.",
    },
    { name: "tag", value: "KEY=VALUE", multiple: true, description: "A tag on everything that is measured." },
    { name: "out", value: "FILE", description: "File for the manifests. Default: standard output." },
  ],
  examples: ["loopscope k6-operator load.ts --parallelism 8 -e BASE_URL=http://shop | kubectl apply -f -"],
  execute: executeK6Operator,
};

async function executeK6Operator(invocation: Invocation): Promise<number> {
  const { options } = invocation;
  const scriptPath = invocation.positionals[0] ?? "";
  const parallelism = options.text("parallelism") ?? String(DEFAULT_PARALLELISM);
  const manifest = await operatorManifest({
    scriptPath,
    name: kubernetesName("--name", options.text("name"), path.parse(scriptPath).name),
    namespace: options.has("namespace")
      ? kubernetesName("--namespace", options.text("namespace"), "")
      : undefined,
    parallelism: wholeNumber("--parallelism", parallelism, 1, MAX_PARALLELISM),
    image: options.text("image") ?? DEFAULT_IMAGE,
    variables: keyValuePairs("--env", options.texts("env")),
    tags: keyValuePairs("--tag", options.texts("tag")),
  });
  const file = options.text("out");
  if (file === undefined) process.stdout.write(manifest);
  else await writeFile(file, manifest);
  return EXIT_CODES.passed;
}

/** A DNS label (RFC 1123): what Kubernetes takes. A name made from the script's is bent to fit, a given one not. */
function kubernetesName(option: string, given: string | undefined, fallback: string): string {
  const bent = fallback
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+|-+$/g, "");
  const name = given ?? bent;
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) return name;
  throw new LoopscopeError(
    "INVALID_OPTION",
    `${option} must be lower-case letters, digits and hyphens, at most 63, got "${name}".`,
  );
}
