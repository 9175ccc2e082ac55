/** Preloaded into a benchmark's server: a signal starts the agent, the next one stops it. */
import { start, stop } from "../src/index";

let on = false;

process.on("SIGUSR2", () => {
  on = !on;
  if (on) start();
  else void stop();
});
