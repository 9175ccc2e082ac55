import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { fixturePath, runScript } from "./embedded-runs.js";
import { PlaygroundScripts } from "./playground-scripts.js";

const playground = new PlaygroundScripts();
const script = playground.write;

describe("a run ends by itself", () => {
  let env: Record<string, string>;
  before(() => {
    env = playground.env;
  });

  it("when iterations never end: gracefulStop interrupts them and counts their requests as unfinished", async () => {
    const file = script(`
      export const options = { scenarios: { a: { executor: "constant-vus", vus: 2, duration: "300ms", gracefulStop: "200ms" } } };
      export default function () { for (;;) http.get(\`\${__ENV.BASE}/delay/50\`); }`);
    const { result } = await runScript(file, { env });
    assert.deepEqual(result.outcome, { kind: "completed" });
    assert.equal(
      result.metrics.find(({ name }) => name === "iterations"),
      undefined,
    );
    const { started, completed, unfinished } = result.requests;
    assert.equal(unfinished, 2);
    assert.equal(started, completed + unfinished);
    assert.equal(result.latency.count, started, "unfinished requests are censored samples");
    assert.ok(result.slowest.some(({ censored }) => censored));
  });

  it("when an iteration sleeps past its end, and a script that catches the interruption still ends", async () => {
    const file = script(`
      export const options = { scenarios: { a: { executor: "per-vu-iterations", maxDuration: "200ms", gracefulStop: "0s" } } };
      export default function () { for (;;) { try { sleep(60); } catch (error) { http.get(__ENV.BASE); } } }`);
    const { result } = await runScript(file, { env });
    assert.deepEqual(result.outcome, { kind: "completed" });
    assert.equal(result.requests.started, 0);
  });

  it("when the script never waits: it does not starve the clock", async () => {
    const file = script(`
      export const options = { vus: 2, duration: "200ms" };
      export default function () { check(1, { one: (n) => n === 1 }); }`);
    const { result } = await runScript(file, { env });
    assert.ok((result.metrics.find(({ name }) => name === "iterations")?.values.count ?? 0) > 100);
    assert.ok(result.endedAt - result.startedAt < 5000);
  });

  it("with an error in every iteration: each is told with its place, and counts as an iteration as in k6", async () => {
    const file = script(`export default function () {\n  const user: any = null;\n  user.name;\n}`);
    const { result, lines } = await runScript(file, { env });
    assert.deepEqual(result.outcome, { kind: "completed" });
    assert.match(lines[0] ?? "", new RegExp(`^error: TypeError: .*\\n.*${file}:6:8`));
  });

  it("with promises that the script let go: their errors are told, and nothing breaks", async () => {
    const file = script(`
      export const options = { scenarios: { a: { executor: "constant-vus", vus: 1, duration: "300ms", gracefulStop: "0s" } } };
      async function loose() { await http.asyncRequest("GET", \`\${__ENV.BASE}/echo\`); throw new Error("let go"); }
      export default function () { loose(); http.asyncRequest("GET", \`\${__ENV.BASE}/delay/5000\`); sleep(0.1); }`);
    // In a process of its own: node's test runner claims such promises for itself.
    const program = fileURLToPath(new URL("../../benchmarks/run-embedded-script.js", import.meta.url));
    const run = await promisify(execFile)(process.execPath, [program, file, JSON.stringify(env)]);
    const figures = JSON.parse(run.stdout) as { requests: { unfinished: number } };
    assert.equal(figures.requests.unfinished, 1);
    assert.match(run.stderr, /^Uncaught \(in promise\) Error: let go/);
    assert.doesNotMatch(run.stderr, /interrupted/);
  });

  it("with a second scenario whose users were interrupted in the first", async () => {
    const file = script(`
      export const options = { scenarios: {
        first: { executor: "constant-vus", vus: 2, duration: "200ms", gracefulStop: "0s", exec: "slow" },
        second: { executor: "per-vu-iterations", vus: 2, iterations: 3, startTime: "500ms", gracefulStop: "1s" } } };
      export function slow() { sleep(30); }
      export default function () { check(http.get(\`\${__ENV.BASE}/echo\`), { ok: (r) => r.status === 200 }); }`);
    const { result } = await runScript(file, { env });
    assert.deepEqual(
      result.checks.map(({ passes, fails }) => [passes, fails]),
      [[6, 0]],
    );
  });

  it("when setup throws: nothing is run, and the outcome says where it threw", async () => {
    const file = script(
      `export function setup() { throw new Error("no database"); }\nexport default function () { http.get(__ENV.BASE); }`,
    );
    const { result } = await runScript(file, { env });
    assert.equal(result.outcome.kind, "script-error");
    assert.match(
      "message" in result.outcome ? result.outcome.message : "",
      new RegExp(`setup\\(\\): Error: no database\\n.*${file}:4:`),
    );
    assert.equal(result.requests.started, 0);
  });

  it("when setup and teardown take too long", async () => {
    const slow = script(
      `export const options = { setupTimeout: "100ms" };\nexport function setup() { sleep(30); }\nexport default function () {}`,
    );
    assert.equal((await runScript(slow, { env })).result.outcome.kind, "setup-timeout");
    const late = script(
      `export const options = { teardownTimeout: "100ms" };\nexport function teardown() { sleep(30); }\nexport default function () {}`,
    );
    assert.equal((await runScript(late, { env })).result.outcome.kind, "teardown-timeout");
  });

  it("at test.abort() with its reason, keeping what was recorded and running teardown", async () => {
    const file = script(`
      export const options = { vus: 3, duration: "30s" };
      export default function () { http.get(\`\${__ENV.BASE}/echo\`); if (__ITER === 3) exec.test.abort("enough"); }
      export function teardown() { console.log("torn down"); }`);
    const { result, lines } = await runScript(file, { env });
    assert.deepEqual(result.outcome, { kind: "test-aborted", message: "test aborted: enough" });
    assert.ok(result.requests.completed >= 4);
    assert.deepEqual(lines, ["info: torn down"]);
  });

  it("to its end after exec.test.fail(), and is marked as failed", async () => {
    const file = script(`
      export const options = { iterations: 3 };
      export default function () { http.get(\`\${__ENV.BASE}/echo\`); exec.test.fail("wrong"); }`);
    const { result } = await runScript(file, { env });
    assert.deepEqual(result.outcome, { kind: "test-failed", message: "test marked as failed: wrong" });
    assert.equal(result.requests.completed, 3);
  });

  for (const reason of ["interrupted", "threshold", "target-died"] as const) {
    it(`when it is aborted from outside because of: ${reason}`, async () => {
      const file = script(`
        export const options = { vus: 2, duration: "60s" };
        export default function () { http.get(\`\${__ENV.BASE}/delay/20\`); }`);
      const { result } = await runScript(file, {
        env,
        onStart: (abort) => setTimeout(() => abort(reason), 200),
      });
      assert.deepEqual(result.outcome, { kind: "aborted", reason });
      assert.ok(result.requests.completed > 0, "results so far are kept");
      assert.ok(result.endedAt - result.startedAt < 10_000);
    });
  }

  it("with unknown hosts, bad URLs and 10 MB bodies", async () => {
    const file = script(`
      export default function () {
        check(http.get("http://no-such-host.invalid/"), { "no host": (r) => r.status === 0 && r.error_code >= 1100 && r.error_code <= 1101 });
        let message = "";
        try { http.get("nonsense"); } catch (error) { message = String(error); }
        check(message, { "bad URL": (m) => m.includes('invalid URL "nonsense"') });
        const big = http.get(\`\${__ENV.BASE}/bytes/10000000\`, { responseType: "binary" });
        check(big, { "10 MB down": (r) => r.body.byteLength === 10_000_000 });
        check(http.post(\`\${__ENV.BASE}/echo\`, big.body), { "10 MB up": (r) => r.json("bytes") === 10_000_000 });
      }`);
    const { result } = await runScript(file, { env });
    assert.deepEqual(
      result.checks.filter(({ fails }) => fails > 0),
      [],
    );
    assert.equal(result.checks.length, 4);
  });

  it("with a certificate that nobody signed, unless the script skips the check", async () => {
    const server = https.createServer(
      {
        key: readFileSync(fixturePath("self-signed-key.pem")),
        cert: readFileSync(fixturePath("self-signed-cert.pem")),
      },
      (request, response) => response.end(request.url),
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const refused = script(
      `export default function () { check(http.get(__ENV.URL), { refused: (r) => r.error_code === 1310 && r.error.includes("x509") }); }`,
    );
    const first = await runScript(refused, { env: { URL: url } });
    assert.deepEqual(
      first.result.checks.map(({ fails }) => fails),
      [0],
    );
    const accepted = script(`
      export const options = { insecureSkipTLSVerify: true, vus: 2, iterations: 20 };
      export default function () {
        const r = http.get(\`\${__ENV.URL}/\${__VU}-\${__ITER}\`);
        check(r, { accepted: (r) => r.body === \`/\${__VU}-\${__ITER}\` && r.tls_version === "tls1.3", handshake: (r) => __ITER > 0 || r.timings.tls_handshaking > 0 });
      }`);
    const second = await runScript(accepted, { env: { URL: url } });
    assert.deepEqual(
      second.result.checks.map(({ passes, fails }) => [passes, fails]),
      [
        [20, 0],
        [20, 0],
      ],
    );
    server.closeAllConnections();
    server.close();
  });
});
