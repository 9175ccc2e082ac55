/** The first file of the agent's thread. Started by agent-thread-host.ts; nothing imports it. */
import { requireOwn } from "./own-modules";

requireOwn(
  "./agent-thread",
  () => require("./agent-thread") as typeof import("./agent-thread"),
).startInAgentThread();
