/** `npm run stack` as a user starts it: a real service with a known fault, the agent, Prometheus, the panels. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { ALL_DASHBOARDS } from "../../src/boards/all-dashboards.js";
import type { PanelSpecification } from "../../src/panels/panel-specification.js";
import { EVENTLOOP_RULES } from "../../src/rules/eventloop-recording-rules.js";
import { HTTP_RULES } from "../../src/rules/http-recording-rules.js";
import { instantQuery, type Series, WITHOUT_PROMETHEUS, withAllChosen } from "../prometheus-access.js";
import { REPOSITORY_ROOT } from "../repository-root.js";

const RUN_STACK = join(REPOSITORY_ROOT, "dashboards/build/src/stack/run-stack.js");
const USERS_SERVICE = join(REPOSITORY_ROOT, "loadtests/build/targets/users/server.js");
const LISTEN = 'require("node:http").createServer((_, answer) => answer.end("well")).listen(0, "127.0.0.1")';
const ATTEMPTS = 240;

/** Keeps what a process said, and resolves when it says what is waited for. */
function listenTo(child: ChildProcess) {
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  }
  return {
    said: () => said,
    async waitFor(pattern: RegExp): Promise<string> {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const match = pattern.exec(said);
        if (match?.[1] !== undefined) return match[1];
        if (child.exitCode !== null) assert.fail(`ended with ${child.exitCode}: ${said}`);
        await pause(250);
      }
      return assert.fail(`never said ${pattern}: ${said}`);
    },
  };
}

describe("the stack without Docker", { skip: WITHOUT_PROMETHEUS }, () => {
  let stack: ChildProcess;
  let output: ReturnType<typeof listenTo>;
  let service = "";
  let prometheus = "";
  let loading = true;
  let load: Promise<void>;

  before(async () => {
    stack = spawn(process.execPath, [RUN_STACK, process.execPath, USERS_SERVICE], {
      env: {
        ...process.env,
        FAULT: "sync-password-hash",
        PROMETHEUS_PORT: "0",
        LOOPSCOPE_PORT: "0",
        PORT: "0",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    output = listenTo(stack);
    service = await output.waitFor(/^service +(http\S+)$/m);
    prometheus = await output.waitFor(/^Prometheus +(http\S+)$/m);
    load = keepLoading();
    await waitForSeries(`${EVENTLOOP_RULES.siteBlocked.record}{cause="sync-crypto"} > 0`);
    await waitForSeries(HTTP_RULES.latencyBurn3d.record);
  });

  after(async () => {
    loading = false;
    await load;
    if (stack.exitCode !== null) return;
    stack.kill("SIGINT");
    await once(stack, "exit");
  });

  /** One at a time: readers, and now and then somebody whose password is hashed while all others wait. */
  async function keepLoading(): Promise<void> {
    for (let turn = 0; loading; turn++) {
      await fetch(`${service}/users/${1 + (turn % 50)}`).then((answer) => answer.text());
      if (turn % 20 === 0) await register(turn);
      await pause(20);
    }
  }

  async function register(turn: number): Promise<void> {
    const person = { name: "Ada", email: `ada${turn}@example.com`, password: `correct horse ${turn}` };
    const answer = await fetch(`${service}/users`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(person),
    });
    await answer.text();
  }

  async function waitForSeries(query: string): Promise<readonly Series[]> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const series = await instantQuery(prometheus, query);
      if (series.length > 0) return series;
      await pause(500);
    }
    return assert.fail(`no data: ${query}`);
  }

  function panel(dashboardTitle: string, panelTitle: string): PanelSpecification {
    const dashboard = ALL_DASHBOARDS.find((one) => one.title === dashboardTitle);
    const found = dashboard?.rows.flatMap((row) => row.panels).find((one) => one.title === panelTitle);
    assert.ok(found !== undefined, panelTitle);
    return found;
  }

  async function showsSomething({ queries }: PanelSpecification): Promise<boolean> {
    const answers = await Promise.all(
      queries.map((query) => instantQuery(prometheus, withAllChosen(query.vector.promql, 20, 300))),
    );
    return answers.flat().length > 0;
  }

  test("who blocked is named: function, file, line, route and cause", async () => {
    const query = panel("Event loop and blocking", "Who blocked").queries[0];
    assert.ok(query !== undefined);
    const rows = await waitForSeries(withAllChosen(query.vector.promql, 20, 300));
    const row = rows.find(
      (one) => one.metric.function === "hashPassword" && one.metric.http_route === "/users",
    );
    assert.ok(row !== undefined, JSON.stringify(rows));
    assert.match(row.metric.file ?? "", /users\/password-hash\.ts$/);
    assert.match(row.metric.line ?? "", /^\d+$/);
    assert.equal(row.metric.cause, "sync-crypto");
  });

  for (const dashboard of ALL_DASHBOARDS) {
    test(`${dashboard.title}: every panel shows what a real service does`, async () => {
      let empty = dashboard.rows
        .flatMap((row) => row.panels)
        .filter(({ conditional }) => conditional === undefined);
      // What is counted by the minute (collections, say) may not have happened within the last one.
      for (let attempt = 0; empty.length > 0 && attempt < ATTEMPTS; attempt++) {
        if (attempt > 0) await pause(500);
        const shown = await Promise.all(empty.map(showsSomething));
        empty = empty.filter((_, index) => !shown[index]);
      }
      assert.deepEqual(
        empty.map(({ title }) => title),
        [],
      );
    });
  }

  test("Prometheus finds nothing wrong with the rules and the scrapes", async () => {
    const rules = (await (await fetch(`${prometheus}/api/v1/rules`)).json()) as {
      data: { groups: { rules: { name: string; health: string; lastError?: string }[] }[] };
    };
    const bad = rules.data.groups.flatMap((group) => group.rules).filter((rule) => rule.health === "err");
    assert.deepEqual(bad, []);
    const targets = (await (await fetch(`${prometheus}/api/v1/targets`)).json()) as {
      data: { activeTargets: { health: string; lastError: string }[] };
    };
    assert.deepEqual(
      targets.data.activeTargets.map((target) => [target.health, target.lastError]),
      [["up", ""]],
    );
  });

  test("the dashboards are shown without Grafana", async () => {
    const page = await output.waitFor(/^dashboards +(http\S+) /m);
    assert.match(await (await fetch(page)).text(), /<h1 id="title">/);
    const answer = await fetch(`${page}/api/v1/query`, {
      method: "POST",
      body: new URLSearchParams({ query: "up" }),
    });
    const { data } = (await answer.json()) as { data: { result: readonly Series[] } };
    assert.equal(data.result[0]?.value?.[1], "1");
  });

  test("Ctrl-C stops all of it and leaves nothing behind", async () => {
    loading = false;
    await load;
    stack.kill("SIGINT");
    const [code] = (await once(stack, "exit")) as [number | null];
    assert.equal(code, 0, output.said());
    await assert.rejects(fetch(`${prometheus}/-/ready`));
    await assert.rejects(fetch(service));
  });
});

test("without Prometheus the service runs all the same, and the reader is told what is missing", async () => {
  const stack = spawn(process.execPath, [RUN_STACK, process.execPath, "-e", LISTEN], {
    env: { ...process.env, PROMETHEUS: undefined, PATH: "", LOOPSCOPE_PORT: "0" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = listenTo(stack);
  const service = await output.waitFor(/^service +(http\S+)$/m);
  await output.waitFor(/(Ctrl-C stops all of it)/);
  assert.match(output.said(), /Prometheus is not installed: only the service runs/);
  assert.equal(await (await fetch(service)).text(), "well");
  stack.kill("SIGTERM");
  const [code] = (await once(stack, "exit")) as [number | null];
  assert.equal(code, 0, output.said());
});

test("a service that ends before it listens is told in one sentence", async () => {
  const stack = spawn(process.execPath, [RUN_STACK, process.execPath, "-e", "process.exit(3)"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = listenTo(stack);
  const [code] = (await once(stack, "close")) as [number | null];
  assert.equal(code, 1);
  assert.match(output.said(), /the service ended before it listened \(exit code 3\)/);
});
