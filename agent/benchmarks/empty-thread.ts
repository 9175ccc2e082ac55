/** Preloaded by a benchmark: a worker thread that does nothing, as whoever watches from outside must have one. */
import { Worker } from "node:worker_threads";

new Worker('require("node:worker_threads").parentPort.on("message", () => {});', {
  eval: true,
  execArgv: [],
}).unref();
