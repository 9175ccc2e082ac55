/** Runs in a worker: drives its slice of a load, and reports what it measures to the run that started it. */

import { parentPort, workerData } from "node:worker_threads";
import { epochMs, monotonicMs, processWideMs } from "../../../clock.js";
import { loadScriptText } from "../compile/script-text.js";
import { outcomeOf } from "./load-driver.js";
import { reportLoosePromises } from "./loose-promises.js";
import { ScenarioDrive } from "./scenario-drive.js";
import { ScriptWatch } from "./script-watch.js";
import { TestRun } from "./test-run.js";
import type { ThreadBrief, ThreadOrder, ThreadReport } from "./thread-messages.js";

const brief = workerData as ThreadBrief;
const run = await prepareRun();
const drive = new ScenarioDrive(run, {
  listener: {
    onWarmup: () => {},
    onMeasuring: () => {},
    onInterval: (interval) => {
      say({ type: "interval", interval, samples: run.metrics.take(), users: run.initializedUsers() });
    },
  },
  warmupMs: brief.warmupMs,
  reportsWhenAsked: true,
});
const starts = new Map<string, (atMs: number) => void>();
const endReports = reportLoosePromises(run);
parentPort?.on("message", obey);
if (run.compiled.text.hasLoops) run.watch.start();
try {
  await drive.fill();
} catch (error) {
  run.stop(outcomeOf(run, error));
}
run.publishFigures();
say({ type: "ready", users: run.initializedUsers() });

async function prepareRun(): Promise<TestRun> {
  const { text, env, options, model, place, declaredMetrics, selectors, namedOrigin } = brief;
  const watch = new ScriptWatch(place.scriptWatch);
  const made = new TestRun(await loadScriptText(text), text.scriptPath, env, watch);
  made.configure(options, model, place);
  if (namedOrigin !== undefined) made.nameRequestsTo(namedOrigin);
  for (const { name, type, contents } of declaredMetrics) made.metrics.declare(name, type, contents);
  made.metrics.keepParts(selectors);
  made.hasMetricParts = selectors.length > 0;
  made.listener = {
    onLoadStart: () => {},
    onInterval: () => {},
    onConsole: (level, message) => say({ type: "console", level, message }),
  };
  made.startTogether = (scenario) =>
    new Promise((resolve) => {
      starts.set(scenario, resolve);
      say({ type: "waiting", scenario });
    });
  made.handOver = (scenario, toThread, dueAtMs) => {
    say({ type: "arrival", scenario, toThread, dueMs: dueAtMs - monotonicMs() + processWideMs() });
  };
  made.stop = (outcome) => {
    drive.stop(0);
    say({ type: "stop", outcome });
  };
  return made;
}

function obey(order: ThreadOrder): void {
  switch (order.type) {
    case "begin":
      void toEnd(order.setupText);
      return;
    case "start":
      starts.get(order.scenario)?.(order.atMs - processWideMs() + monotonicMs());
      return;
    case "arrival":
      drive.takeArrival(order.scenario, order.dueMs - processWideMs() + monotonicMs());
      return;
    case "report":
      drive.reportInterval();
      return;
    case "stop":
      drive.stop(order.graceMs);
  }
}

async function toEnd(setupText: string | undefined): Promise<void> {
  await drive.drive(setupText);
  await drive.close();
  endReports();
  run.watch.stop();
  say({
    type: "end",
    endedAt: epochMs() + run.endedAtMs - monotonicMs(),
    requests: run.recorder.snapshot(run.endedAtMs),
    samples: run.metrics.take(),
    checks: run.checks(),
    dropped: run.dropped,
    iterations: {
      completed: run.iterationsCompleted,
      threw: run.iterationsThrown,
      interrupted: run.iterationsInterrupted,
    },
    markedFailed: run.markedFailed,
  });
  parentPort?.close();
}

function say(report: ThreadReport): void {
  parentPort?.postMessage(report);
}
