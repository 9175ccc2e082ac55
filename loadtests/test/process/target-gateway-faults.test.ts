import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { GATEWAY_FAULTS } from "../../targets/gateway/faults.js";
import { bearer, startUpstream, TOKEN_SECRET } from "./gateway-client.js";
import { startWatchedTarget } from "./watched-target.js";

const TIMEOUT = { timeout: 60_000 };

test(
  "json-proxying shows as a block by relayThroughJson in its route, streaming as none",
  TIMEOUT,
  async (context) => {
    const { expected } = GATEWAY_FAULTS.find(({ id }) => id === "json-proxying") ?? assert.fail();
    const ask = async (url: string) => {
      const answer = await fetch(`${url}/api/products/catalogue`, { headers: bearer("ann") });
      assert.ok((await answer.arrayBuffer()).byteLength > 1_000_000);
    };
    const faulty = await startWatchedTarget(context, "gateway", { TOKEN_SECRET, FAULT: "json-proxying" });
    for (;;) {
      await ask(faulty.target.url);
      const { blocks } = await faulty.blocks();
      const found = blocks.find(
        (block) =>
          block.cause === expected.cause && block.function === expected.function && block.route !== null,
      );
      if (found === undefined) continue;
      assert.equal(found.route, expected.route);
      break;
    }
    const mended = await startWatchedTarget(context, "gateway", { TOKEN_SECRET });
    for (let request = 0; request < 10; request += 1) await ask(mended.target.url);
    const { blocks } = await mended.blocks();
    const ours = blocks.filter(({ stack }) => stack.some(({ file }) => file?.includes("targets/gateway/")));
    assert.deepEqual(
      ours.filter(({ cause }) => cause === "json"),
      [],
    );
  },
);

test(
  "missing-timeout shows as requests in flight that never end; with timeouts they do",
  TIMEOUT,
  async (context) => {
    const silent = await startUpstream(context, () => undefined);
    const settings = { TOKEN_SECRET, ORDERS_URL: silent, READ_TIMEOUT_MS: "300", TOTAL_TIMEOUT_MS: "1000" };
    for (const fault of ["missing-timeout", ""]) {
      const watched = await startWatchedTarget(context, "gateway", { ...settings, FAULT: fault });
      const active = async () => (await watched.frame()).http.active;
      const giveUp = new AbortController();
      const requests = Array.from({ length: 20 }, (_, n) =>
        fetch(`${watched.target.url}/api/orders/${n}`, {
          headers: bearer("ann"),
          signal: giveUp.signal,
        }).then(
          (answer) => answer.status,
          () => 0,
        ),
      );
      if (fault === "") {
        const statuses = await Promise.all(requests);
        assert.ok(
          statuses.every((status) => status === 504 || status === 503),
          String(statuses),
        );
        while ((await active()) > 0) await delay(50);
      } else {
        await delay(2_500);
        assert.equal(await active(), 20);
        giveUp.abort();
        await Promise.all(requests);
      }
    }
  },
);
