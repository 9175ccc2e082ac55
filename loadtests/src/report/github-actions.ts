/** A run as GitHub's annotations: workflow commands on standard output. */

import { type Annotation, annotationCommands } from "./github-commands.js";
import type { Finding, RunDocument } from "./run-document.js";
import { runVerdict, thresholdSentenceOf } from "./run-verdict.js";
import { displayFile, displayPlace } from "./source-place.js";

export interface AnnotationOptions {
  /** The script, relative to the repository; null: annotations without a place. */
  readonly scriptFile?: string | null;
  /** Line in the script, 1-based, of each threshold: keyed `metric expression`. */
  readonly thresholdLines?: ReadonlyMap<string, number>;
  /** The repository's folder: only places below it can be annotated. Default: the working folder. */
  readonly baseFolder?: string;
}

/**
 * Workflow commands, one a line: an error for each failed threshold (at its own line of the script where that
 * is known), a warning for each finding with a place in the code. At most ten of a kind; the tenth says how
 * many more there are.
 */
export function githubAnnotations(document: RunDocument, options: AnnotationOptions = {}): readonly string[] {
  const base = options.baseFolder ?? process.cwd();
  const script = options.scriptFile ?? null;
  const errors = document.thresholds
    .filter((threshold) => !threshold.ok)
    .map(
      (threshold): Annotation => ({
        kind: "error",
        text: thresholdSentenceOf(threshold, document),
        file: script,
        line: options.thresholdLines?.get(`${threshold.metric} ${threshold.expression}`) ?? null,
        title: `${threshold.metric} ${threshold.expression}`,
      }),
    );
  const { kind, sentence } = runVerdict(document);
  const broken: readonly Annotation[] =
    kind === "broken" || kind === "stopped"
      ? [{ kind: "error", text: sentence, file: script, line: null, title: document.name }]
      : [];
  const warnings = document.findings
    .filter((finding) => finding.severity !== "info")
    .map((finding) => findingAnnotation(finding, base));
  return [...annotationCommands([...broken, ...errors]), ...annotationCommands(warnings)];
}

function findingAnnotation(finding: Finding, base: string): Annotation {
  const { location } = finding;
  const inside = location !== null && isBelow(location.file, base);
  return {
    kind: "warning",
    text: [finding.title, ...finding.evidence, finding.remedy].filter((part) => part !== "").join("\n"),
    file: inside ? displayFile(location.file, base) : null,
    line: inside ? location.line : null,
    title: location === null ? finding.cause : (displayPlace(location, base) ?? finding.cause),
  };
}

function isBelow(file: string, base: string): boolean {
  const shown = displayFile(file, base);
  return !shown.startsWith("/") && !shown.startsWith("node:") && !shown.startsWith("node_modules/");
}
