import { pbkdf2 } from "node:crypto";
import { promisify } from "node:util";
import { numberInput, type Task } from "./task.js";

const ROUNDS = 60_000;
const hashInThreadPool = promisify(pbkdf2);

function passwordsOf(input: Readonly<Record<string, unknown>>): string[] {
  const count = numberInput(input, "passwords", 8);
  return Array.from({ length: count }, (_, index) => `correct horse ${index}`);
}

/**
 * Fault `thread-pool-saturation`. The asynchronous call does not block the event loop, and yet the service
 * stalls: every hash occupies one of libuv's four threads, which files, DNS and compression share.
 */
export const hashPasswordsInThreadPool: Task = async (input) => {
  const hashes = await Promise.all(
    passwordsOf(input).map((password) => hashInThreadPool(password, "example-salt", ROUNDS, 32, "sha256")),
  );
  return { hashes: hashes.map((hash) => hash.toString("hex")) };
};

/** The mend: threads of our own for the hashing, and the thread pool stays free for files and DNS. */
export const hashPasswordsInWorker: Task = async (input, tools, signal) => {
  const request = { passwords: passwordsOf(input), rounds: ROUNDS };
  return { hashes: (await tools.threads.run(request, { name: "passwordHashes", signal })) as string[] };
};
