import assert from "node:assert/strict";
import { test } from "node:test";
import { readAgentConfig, requireAgentConfig } from "../../src/config/agent-config";
import { AGENT_ERROR_CODES, AgentError } from "../../src/errors";

test("without settings every option has its default", () => {
  const { config, problems } = readAgentConfig({}, {});
  assert.deepEqual(problems, []);
  assert.equal(config.port, 9464);
  assert.equal(config.host, "127.0.0.1");
  assert.equal(config.blockThresholdMs, 50);
  assert.equal(config.log, "off");
  assert.ok(Object.isFrozen(config));
});

const BOUNDARIES: readonly (readonly [string, string, boolean])[] = [
  ["LOOPSCOPE_BLOCK_THRESHOLD_MS", "5", true],
  ["LOOPSCOPE_BLOCK_THRESHOLD_MS", "4", false],
  ["LOOPSCOPE_BLOCK_THRESHOLD_MS", "60000", true],
  ["LOOPSCOPE_BLOCK_THRESHOLD_MS", "60001", false],
  ["LOOPSCOPE_BLOCK_THRESHOLD_MS", "5.5", false],
  ["LOOPSCOPE_PORT", "0", true],
  ["LOOPSCOPE_PORT", "off", true],
  ["LOOPSCOPE_PORT", "65535", true],
  ["LOOPSCOPE_PORT", "65536", false],
  ["LOOPSCOPE_PORT", "http", false],
  ["LOOPSCOPE_LOG", "json", true],
  ["LOOPSCOPE_LOG", "xml", false],
  ["LOOPSCOPE_TOKEN", "0123456789abcdef", true],
  ["LOOPSCOPE_TOKEN", "0123456789abcde", false],
  ["LOOPSCOPE_WRAP_NATIVES", "off", true],
  ["LOOPSCOPE_WRAP_NATIVES", "maybe", false],
];

for (const [variable, value, accepted] of BOUNDARIES) {
  test(`${variable}=${value} is ${accepted ? "accepted" : "refused"}`, () => {
    const { problems } = readAgentConfig({}, { [variable]: value });
    assert.equal(problems.length, accepted ? 0 : 1, problems.join());
  });
}

test("a refusal says what, the value, the rule and the origin, and falls back to the default", () => {
  const { config, problems } = readAgentConfig({}, { LOOPSCOPE_BLOCK_THRESHOLD_MS: "fast" });
  assert.equal(
    problems[0],
    'blockThresholdMs must be a whole number between 5 and 60000, got "fast" (from LOOPSCOPE_BLOCK_THRESHOLD_MS)',
  );
  assert.equal(config.blockThresholdMs, 50);
});

test("a refused token is not repeated", () => {
  const { problems } = readAgentConfig({}, { LOOPSCOPE_TOKEN: "secret" });
  assert.doesNotMatch(problems.join(), /secret/);
});

test("options win over the environment, an empty variable counts as not set", () => {
  const environment = { LOOPSCOPE_LOG: "json", LOOPSCOPE_PORT: "" };
  const { config } = readAgentConfig({ log: "text" }, environment);
  assert.equal(config.log, "text");
  assert.equal(config.port, 9464);
});

test("OTEL_SERVICE_NAME names the service unless LOOPSCOPE_SERVICE_NAME does", () => {
  assert.equal(readAgentConfig({}, { OTEL_SERVICE_NAME: "users" }).config.serviceName, "users");
  const both = { OTEL_SERVICE_NAME: "users", LOOPSCOPE_SERVICE_NAME: "people" };
  assert.equal(readAgentConfig({}, both).config.serviceName, "people");
});

test("test mode lowers the threshold to its own limit", () => {
  assert.equal(readAgentConfig({}, { LOOPSCOPE_FAIL_ON_BLOCK_MS: "20" }).config.blockThresholdMs, 20);
});

test("start's reading throws for an unknown option, with a code that is listed", () => {
  assert.throws(
    () => requireAgentConfig({ treshold: 5 } as never),
    (error) =>
      error instanceof AgentError && error.code in AGENT_ERROR_CODES && /treshold/.test(error.message),
  );
});
