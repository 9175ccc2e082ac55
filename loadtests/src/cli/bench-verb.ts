import { type PreparedBench, prepareBench } from "../engine/autocannon/prepare-bench.js";
import type { EngineResult } from "../engine/engine.js";
import { LoopscopeError } from "../loopscope-error.js";
import { BENCH_OPTIONS, readBenchOptions, readThresholds } from "./bench-options-reader.js";
import { readCommandEnvironment } from "./command-environment.js";
import type { Invocation, ParsedOptions, VerbDefinition } from "./command-options.js";
import { conductRun } from "./conduct-run.js";
import { absoluteUrl, UNKNOWN_ORIGIN } from "./load-place.js";
import { RESULT_OPTIONS, readResultOptions, readTargetRequest, TARGET_OPTIONS } from "./run-options.js";

const FORMATS = ["autocannon"] as const;

export const BENCH_VERB: VerbDefinition = {
  name: "bench",
  usage: "bench [options] <url> [-- command that starts the target]",
  summary:
    "Sends requests to a URL as fast as it answers (closed loop), by autocannon with its own recording.",
  positionals: ["<url>"],
  takesCommand: true,
  options: [
    ...BENCH_OPTIONS,
    ...TARGET_OPTIONS,
    ...RESULT_OPTIONS,
    { name: "format", value: "FORMAT", description: "autocannon: print its JSON on standard output." },
  ],
  examples: [
    "loopscope bench -c 50 -d 10 http://127.0.0.1:3000/",
    "loopscope bench -c 50 -d 10 /users -- node app.js",
    "loopscope bench -m POST -H content-type=application/json -b '{\"a\":1}' http://127.0.0.1:3000/items",
  ],
  execute: executeBench,
};

async function executeBench(invocation: Invocation): Promise<number> {
  const { options, command } = invocation;
  const place = invocation.positionals[0] ?? "";
  refuseRates(options);
  const environment = readCommandEnvironment();
  const thresholds = readThresholds(options.texts("threshold"));
  const results = readResultOptions(options);
  const format = options.text("format");
  if (format !== undefined && !FORMATS.some((known) => known === format)) {
    throw new LoopscopeError("INVALID_OPTION", `--format must be ${FORMATS.join(" or ")}, got "${format}".`);
  }
  if (format !== undefined && results.json) {
    throw new LoopscopeError("INVALID_OPTION", "--json and --format exclude each other.");
  }
  let prepared: PreparedBench | undefined;
  return await conductRun({
    engine: "autocannon",
    commandLine: invocation.commandLine,
    origin: "the command line",
    scriptFile: null,
    target: readTargetRequest(options, command),
    ...results,
    ...(format === undefined
      ? {}
      : { quiet: true, printAs: (result: EngineResult) => prepared?.autocannonResult(result) }),
    environment,
    prepare: async (baseUrl) => {
      const origin = baseUrl ?? (command.length > 0 ? UNKNOWN_ORIGIN : undefined);
      prepared = prepareBench(await readBenchOptions(options, absoluteUrl(place, origin)), thresholds);
      return prepared;
    },
  });
}

/** autocannon sends a rate in bursts, once a second: an honest rate is an open model. */
function refuseRates(options: ParsedOptions): void {
  for (const name of ["overallRate", "connectionRate"]) {
    if (!options.has(name)) continue;
    throw new LoopscopeError(
      "INVALID_OPTION",
      `--${name} is refused: bench is a closed loop and sends as fast as it is answered; ` +
        "for a rate use `loopscope run --rate` with a script.",
    );
  }
}
