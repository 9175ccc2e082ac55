/**
 * What do others say of the same blocks? Runs the corpus under each peer, on each node binary of
 * LOOPSCOPE_BENCH_NODES (default: this one), and prints who finds the block, the function and the line.
 */
import { execFileSync } from "node:child_process";
import path from "node:path";
import { type CaseVerdict, judgeRun, REGISTER, readCorpus, runnableOf, runProgram } from "./block-corpus";
import { installPeers, PEERS_FOLDER } from "./installed-peers";

const PEERS = ["blocked-at", "@sentry-internal/node-native-stacktrace", "@datadog/pprof"] as const;
const OURS = "@loopscope/agent";
const PRELOAD = path.join(__dirname, "peer-preload.js");

async function main(): Promise<void> {
  installPeers(PEERS);
  const nodes = (process.env.LOOPSCOPE_BENCH_NODES ?? process.execPath).split(",");
  const only = process.env.LOOPSCOPE_BENCH_ONLY;
  for (const node of nodes) {
    const version = execFileSync(node, ["--version"], { encoding: "utf8" }).trim();
    const major = Number(version.slice(1).split(".")[0]);
    const corpus = readCorpus().filter(
      ({ file, expected }) => major >= (expected.node ?? 0) && (only === undefined || file.includes(only)),
    );
    console.log(`\n### Node ${version}, ${corpus.length} programs\n`);
    console.log(`| program | ${[OURS, ...PEERS].join(" | ")} |`);
    console.log(`|---|${"---|".repeat(PEERS.length + 1)}`);
    const verdicts = new Map<string, CaseVerdict[]>();
    for (const corpusCase of corpus) {
      const cells: string[] = [];
      for (const name of [OURS, ...PEERS]) {
        const { file, nodeOptions } = runnableOf(corpusCase);
        const options =
          name === OURS ? nodeOptions : nodeOptions.map((one) => (one === REGISTER ? PRELOAD : one));
        const environment = { LOOPSCOPE_PEER: name, LOOPSCOPE_PEERS_FOLDER: PEERS_FOLDER };
        const verdict = judgeRun(
          corpusCase,
          await runProgram(file, { node, nodeOptions: options, environment }),
        );
        verdicts.set(name, [...(verdicts.get(name) ?? []), verdict]);
        cells.push(cellOf(verdict, corpusCase.expected.blocks === 0, name === OURS));
      }
      console.log(`| ${corpusCase.name} | ${cells.join(" | ")} |`);
    }
    printTotals(verdicts);
  }
}

function cellOf(verdict: CaseVerdict, mustBeSilent: boolean, tellsRoutes: boolean): string {
  if (mustBeSilent) return verdict.detected ? "silent" : "**false alarm**";
  if (verdict.judged === null) return "**not seen**";
  const wrong = [
    verdict.functionRight === false ? `function ${verdict.judged.function ?? "none"}` : null,
    verdict.lineRight === false ? `line ${verdict.judged.line ?? "none"}` : null,
    tellsRoutes && verdict.routeRight === false ? "route" : null,
  ].filter((one) => one !== null);
  return wrong.length === 0 ? "right" : `wrong: ${wrong.join(", ")}`;
}

function printTotals(verdicts: ReadonlyMap<string, readonly CaseVerdict[]>): void {
  console.log(
    "\n| | block seen | function | line | route | duration error, median |\n|---|---|---|---|---|---|",
  );
  for (const [name, of] of verdicts) {
    const share = (pick: (verdict: CaseVerdict) => boolean | null, unseen: boolean) => {
      const judged = of
        .map((one) => (unseen || one.judged !== null ? pick(one) : null))
        .filter((one) => one !== null);
      return `${judged.filter(Boolean).length}/${judged.length}`;
    };
    const errors = of
      .map(({ durationErrorMs }) => Math.abs(durationErrorMs ?? Number.NaN))
      .filter((error) => !Number.isNaN(error))
      .sort((a, b) => a - b);
    const seen = `${of.filter(({ judged, detected }) => judged !== null || detected).length}/${of.length}`;
    const route = name === OURS ? share((one) => one.routeRight, false) : "not told";
    console.log(
      `| ${name} | ${seen} | ${share((one) => one.functionRight, false)} | ${share((one) => one.lineRight, false)} | ` +
        `${route} | ${(errors[Math.floor(errors.length / 2)] ?? 0).toFixed(1)} ms |`,
    );
  }
}

void main();
