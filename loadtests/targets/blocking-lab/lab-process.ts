/** The lab as a process of its own: a fresh one for each way, so that memory is nobody else's. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface LabProcess {
  readonly url: string;
  stop(): Promise<void>;
}

const SERVER = fileURLToPath(new URL("server.js", import.meta.url));

/** @throws Error with the lab's own words when it does not start. */
export async function startLab(databaseUrl: string): Promise<LabProcess> {
  const child = spawn(process.execPath, [SERVER], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, DATABASE_URL: databaseUrl, PORT: "0", NODE_OPTIONS: "" },
  });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const exited = once(child, "exit");
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const address = /listening on (http:\S+)/.exec(line)?.[1];
      if (address !== undefined) resolve(address);
    });
    exited.then(() => reject(new Error(`The lab did not start: ${errors}`)));
  });
  return {
    url,
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
    },
  };
}
