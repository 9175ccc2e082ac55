/**
 * How a process that has the agent tells its starter where to find it: one JSON file, `<pid>.json`, in the
 * folder that `LOOPSCOPE_ANNOUNCE_DIR` names, rewritten (atomically, by rename) whenever a field changes.
 */

export interface Announcement {
  readonly schema: "loopscope/announcement/1";
  readonly pid: number;
  readonly parentPid: number;
  /** The process that forked it as a worker of its cluster, whose agent then answers for all; null: none did. */
  readonly clusterPrimaryPid: number | null;
  /** `process.version`. */
  readonly node: string;
  /** The program's own arguments, without Node's options. */
  readonly argv: readonly string[];
  /** Where the agent's endpoint listens, or null until it does, or when it is `off`. */
  readonly agentUrl: string | null;
  /** TCP ports on which the application itself listens, in the order in which it began to. */
  readonly listening: readonly ListeningAddress[];
}

export interface ListeningAddress {
  /** As `server.address()` has it: `::`, `127.0.0.1`. */
  readonly address: string;
  readonly port: number;
}

/** Name of the variable that switches announcing on. */
export const ANNOUNCE_DIR_VARIABLE = "LOOPSCOPE_ANNOUNCE_DIR";
