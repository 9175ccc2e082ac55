import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import https from "node:https";
import net from "node:net";
import path from "node:path";
import { describe, it } from "node:test";
import { fixturePath } from "./embedded-runs.js";
import { listenOnLoopback } from "./listen-on-loopback.js";
import { loopscope, recordedRun, workFolder } from "./loopscope-command.js";

const REQUESTS = 4;

type Test = { after(fn: () => void): void };

async function refusedUrl(): Promise<string> {
  const ends: (() => void)[] = [];
  const server = net.createServer();
  const url = await listenOnLoopback({ after: (end) => ends.push(end) }, server);
  for (const end of ends) end();
  await once(server, "close");
  return url;
}

async function selfSignedUrl(t: Test): Promise<string> {
  const server = https.createServer({
    key: readFileSync(fixturePath("self-signed-key.pem")),
    cert: readFileSync(fixturePath("self-signed-cert.pem")),
  });
  return (await listenOnLoopback(t, server)).replace("http:", "https:");
}

function silentUrl(t: Test): Promise<string> {
  return listenOnLoopback(
    t,
    net.createServer((socket) => socket.resume()),
  );
}

/** Where requests are sent, what is said of them, and what is advised. */
const ROWS: readonly (readonly [
  what: string,
  url: (t: Test) => Promise<string>,
  error: RegExp,
  remedy: RegExp,
])[] = [
  [
    "a port where nothing listens",
    refusedUrl,
    /^4 got no answer: dial: connection refused$/,
    /compare host and port with where the target says it listens/,
  ],
  [
    "a host that does not exist",
    async () => "http://no-such-host.invalid/",
    /^4 got no answer: lookup: /,
    /look for a slip in the address/,
  ],
  [
    "a server whose certificate nobody signed",
    selfSignedUrl,
    /^4 got no answer: x509: certificate is self-signed$/,
    /NODE_EXTRA_CA_CERTS/,
  ],
  [
    "a server that never answers",
    silentUrl,
    /^4 got no answer: request timeout$/,
    /did not answer within the request's `timeout`/,
  ],
];

describe("when requests fail, the finding says what went wrong and how to mend that, for", () => {
  for (const [what, urlOf, error, remedy] of ROWS) {
    it(what, async (t) => {
      const folder = workFolder(t);
      writeFileSync(
        path.join(folder, "fails.js"),
        `import http from "k6/http";
        export const options = { vus: 2, iterations: ${REQUESTS} };
        export default () => http.get("${await urlOf(t)}", { timeout: "1s" });`,
      );
      const { stdout } = await loopscope(folder, ["run", "fails.js", "--threads", "2"]);
      const { document } = recordedRun(folder);
      const finding = document.findings.find(({ id }) => id === "failures");
      assert.ok(finding !== undefined);
      assert.ok(
        finding.evidence.some((line) => error.test(line)),
        finding.evidence.join("\n"),
      );
      assert.match(finding.remedy, remedy);
      assert.equal(document.client.errors?.[0]?.requests, REQUESTS);
      assert.match(stdout, /● 100 % of the requests failed/);
    });
  }
});
