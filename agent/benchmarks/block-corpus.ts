/** The ground-truth corpus: small programs that say in their first line what blocks them, run as processes. */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { buildSync } from "esbuild";
import type { Block } from "../src/catalog/block";

export const AGENT_FOLDER = path.resolve(__dirname, "../..");
export const REGISTER = path.join(AGENT_FOLDER, "build/src/register.js");
const TSX = pathToFileURL(require.resolve("tsx")).href;
export const CORPUS_FOLDER = path.join(AGENT_FOLDER, "test/fixtures/blocks");

/** What a program's first line promises; what it leaves out is not judged. */
export interface Expectation {
  readonly function?: string | readonly string[];
  readonly cause?: string | readonly string[];
  readonly route?: string | null;
  readonly method?: string;
  readonly native?: string;
  readonly confidence?: string | readonly string[];
  /** Blocks of other threads are not judged. */
  readonly thread?: string;
  /**
   * Callers that optimised code may have taken the culprit into, where no sample can see it: named with the
   * confidence `caller` one of these is honest, though the scorecard does not count it as the right function.
   */
  readonly callers?: readonly string[];
  /** File of the culprit, relative to the corpus; the program itself unless told. */
  readonly file?: string;
  /** At least so many blocks of the culprit; 0: none at all. */
  readonly blocks?: number;
  /** Oldest major version of Node that can run it. */
  readonly node?: number;
  /** How a TypeScript program becomes one that Node runs. */
  readonly build?: "bundle" | "minified" | "inline-map" | "tsx";
}

export interface CorpusCase {
  readonly name: string;
  readonly file: string;
  readonly expected: Expectation;
  /** Lines (1-based) of the culprit's file that carry the mark BLOCK. */
  readonly lines: ReadonlySet<number>;
  readonly culpritFile: string;
}

export interface CaseRun {
  readonly blocks: readonly Block[];
  /** The program's own measure of its block, milliseconds; null where it has none. */
  readonly truthMs: number | null;
  readonly exitCode: number | null;
  readonly stderr: string;
}

/** Every program of the corpus, by name. */
export function readCorpus(folder = CORPUS_FOLDER): readonly CorpusCase[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(cjs|mjs|ts)$/.test(file))
    .map((file) => readCase(path.join(folder, file)))
    .filter((found) => found !== null)
    .sort((a, b) => a.name.localeCompare(b.name));
}

function readCase(file: string): CorpusCase | null {
  const text = readFileSync(file, "utf8");
  const promise = /^(?:"use strict";\n)?\/\/ expect: (\{.*\})$/m.exec(text);
  if (promise === null) return null;
  const expected = JSON.parse(promise[1] as string) as Expectation;
  const culpritFile = expected.file === undefined ? file : path.join(CORPUS_FOLDER, expected.file);
  return {
    name: path
      .basename(file)
      .replace(/\.[a-z]+$/, "")
      .replaceAll("-", " "),
    file,
    expected,
    lines: markedLines(culpritFile),
    culpritFile,
  };
}

function markedLines(file: string): ReadonlySet<number> {
  const lines = readFileSync(file, "utf8").split("\n");
  return new Set(lines.flatMap((line, index) => (line.includes("// BLOCK") ? [index + 1] : [])));
}

/** What Node is to run: the program itself, or what is built from it. */
export function runnableOf(corpusCase: CorpusCase): {
  readonly file: string;
  readonly nodeOptions: readonly string[];
} {
  const { build } = corpusCase.expected;
  const nodeOptions = ["--require", REGISTER];
  if (build === undefined) return { file: corpusCase.file, nodeOptions };
  if (build === "tsx") return { file: corpusCase.file, nodeOptions: [...nodeOptions, "--import", TSX] };
  const outfile = path.join(AGENT_FOLDER, "build/corpus", `${path.basename(corpusCase.file, ".ts")}.cjs`);
  buildSync({
    entryPoints: [corpusCase.file],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    external: ["express"],
    minify: build === "minified",
    sourcemap: build === "inline-map" ? "inline" : "linked",
    logLevel: "silent",
  });
  return { file: outfile, nodeOptions };
}

export interface RunOptions {
  /** The node binary. Default: the one that runs this. */
  readonly node?: string;
  readonly nodeOptions?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** Runs a program with the agent preloaded and gathers the blocks that it logs. */
export function runProgram(file: string, options: RunOptions = {}): Promise<CaseRun> {
  const {
    node = process.execPath,
    nodeOptions = ["--require", REGISTER],
    environment,
    timeoutMs = 30_000,
  } = options;
  const child = spawn(node, [...nodeOptions, file], {
    env: { ...process.env, NODE_OPTIONS: "", LOOPSCOPE_PORT: "off", LOOPSCOPE_LOG: "json", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk;
  });
  const killer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
  return new Promise((resolve) => {
    child.on("close", (exitCode) => {
      clearTimeout(killer);
      const truths = jsonLines(stdout).map((line) => Number(line.truthMs));
      resolve({
        blocks: jsonLines(stderr).filter((line) => line.event === "block") as unknown as Block[],
        truthMs: truths.length === 0 ? null : Math.max(...truths),
        exitCode,
        stderr,
      });
    });
  });
}

function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** One program's result; a field is null where the program promises nothing about it. */
export interface CaseVerdict {
  readonly detected: boolean;
  readonly durationErrorMs: number | null;
  /** Within 5 % or 3 ms of the program's own clock, whichever is more. */
  readonly durationRight: boolean | null;
  readonly functionRight: boolean | null;
  readonly lineRight: boolean | null;
  readonly causeRight: boolean | null;
  readonly routeRight: boolean | null;
  readonly nativeRight: boolean | null;
  readonly confidenceRight: boolean | null;
  /** A frame that is wrong, shown as `exact`. */
  readonly wrongButExact: boolean;
  /** One of the promised callers, shown as `caller`. */
  readonly honestCaller: boolean;
  /** Blocks blamed on JavaScript that are not the promised one. */
  readonly falseAccusations: readonly Block[];
  readonly judged: Block | null;
}

/** Compares what the agent said with what the program promises. Blocks of start-up are not the program's. */
export function judgeRun(corpusCase: CorpusCase, run: CaseRun): CaseVerdict {
  const { expected } = corpusCase;
  const candidates = run.blocks.filter(
    (block) =>
      (expected.cause === "module-load" || block.cause !== "module-load") &&
      fits(expected.thread, block.thread),
  );
  const honest = (block: Block) =>
    block.confidence === "caller" && expected.callers?.includes(block.function ?? "") === true;
  const matching = candidates.filter(
    (block) => fits(expected.function, ownPlace(block).function) || honest(block),
  );
  const judged =
    expected.blocks === 0
      ? null
      : ((matching.length > 0 ? matching : candidates).toSorted(byDuration)[0] ?? null);
  const wanted = expected.blocks ?? 1;
  const lineRight = corpusCase.lines.size === 0 || judged === null ? null : onMarkedLine(corpusCase, judged);
  const functionRight = judged === null ? null : fitsOrNull(expected.function, ownPlace(judged).function);
  const errorMs = judged === null || run.truthMs === null ? null : judged.durationMs - run.truthMs;
  const others = candidates.filter((block) => block !== judged && !matching.includes(block));
  return {
    detected: wanted === 0 ? candidates.every((block) => block.cause === "host") : matching.length >= wanted,
    durationErrorMs: errorMs,
    durationRight: errorMs === null ? null : Math.abs(errorMs) <= Math.max(3, 0.05 * Number(run.truthMs)),
    functionRight,
    lineRight,
    causeRight: judged === null ? null : fitsOrNull(expected.cause, judged.cause),
    routeRight: expected.route === undefined || judged === null ? null : routeFits(expected, matching),
    nativeRight: judged === null ? null : fitsOrNull(expected.native, judged.evidence.nativeCall),
    confidenceRight: judged === null ? null : fitsOrNull(expected.confidence, judged.confidence),
    wrongButExact: judged?.confidence === "exact" && (functionRight === false || lineRight === false),
    honestCaller: judged !== null && honest(judged),
    falseAccusations: others.filter((block) => block.cause === "javascript"),
    judged,
  };
}

function byDuration(a: Block, b: Block): number {
  return b.durationMs - a.durationMs;
}

/** Of several blocks of one place the last counts: the first may be what made the agent follow requests. */
function routeFits(expected: Expectation, matching: readonly Block[]): boolean {
  const last = matching.toSorted((a, b) => a.at - b.at).at(-1);
  if (last === undefined) return false;
  return (
    (last.route ?? null) === (expected.route ?? null) &&
    (expected.method === undefined || last.method === expected.method)
  );
}

function onMarkedLine(corpusCase: CorpusCase, block: Block): boolean {
  const { file, line } = ownPlace(block);
  return file === corpusCase.culpritFile && line !== null && corpusCase.lines.has(line);
}

/** A culprit inside a dependency is right when the application's own frame beside it is the promised one. */
function ownPlace(block: Block): Pick<Block, "function" | "file" | "line"> {
  return block.userFrame ?? block;
}

function fitsOrNull(expected: string | readonly string[] | undefined, actual: string | null): boolean | null {
  return expected === undefined ? null : fits(expected, actual);
}

function fits(expected: string | readonly string[] | undefined, actual: string | null): boolean {
  if (expected === undefined) return true;
  return typeof expected === "string" ? expected === actual : expected.includes(actual ?? "");
}
