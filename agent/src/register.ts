/** Side-effect entry for `node --require` and `node --import`: starts the agent from LOOPSCOPE_* variables. */
import { requireOwn } from "./own-modules";

requireOwn(
  "./running-agent",
  () => require("./running-agent") as typeof import("./running-agent"),
).startRegistered();
