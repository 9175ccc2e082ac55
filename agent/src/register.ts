/** Side-effect entry for `node --require` and `node --import`: starts the agent from LOOPSCOPE_* variables. */
import { startRegistered } from "./running-agent";

startRegistered();
