import type { TargetFault } from "../service/fault.js";

/** The faults of this service; each stands beside its mend in the file that `what` names. */
export const REALTIME_FAULTS = [
  {
    id: "chatty-broadcast",
    what: "Each message is written anew for each member, with the whole room in it (room-broadcast.ts).",
    article: "async-in-practice 4.1: a message is broadcast to the room",
    expected: {
      cause: "json",
      function: "broadcastChatty",
      file: "targets/realtime/room-broadcast.ts",
      route: null,
    },
    scenario: { name: "realtime-load" },
  },
  {
    id: "emitter-leak",
    what: "A listener for each connection is never taken off (announcements.ts): closed ones stay in memory.",
    article: "async-in-practice 4.1: connections that are closed are cleaned up",
    expected: { cause: "leak", route: null },
    scenario: { name: "realtime-soak", variables: { SOAK_DURATION: "150s" } },
  },
] as const satisfies readonly TargetFault[];

export const FAULT_IDS = REALTIME_FAULTS.map((fault) => fault.id);
