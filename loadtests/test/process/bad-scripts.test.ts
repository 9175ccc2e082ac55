import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";
import { LoadScriptError } from "../../src/engine/embedded/load-script-error.js";
import type { OptionOverrides } from "../../src/engine/embedded/options/script-options.js";
import { prepareScript } from "../../src/engine/embedded/prepare-script.js";

const folder = mkdtempSync(path.join(tmpdir(), "a folder with spaces "));
after(() => rmSync(folder, { recursive: true }));
let files = 0;

const BODY = "export default function () {}";
const options = (text: string) => `export const options = ${text};\n${BODY}`;
const arrival = (fields: string) =>
  options(
    `{ scenarios: { a: { executor: "constant-arrival-rate", rate: 1, duration: "1s", preAllocatedVUs: 1, ${fields} } } }`,
  );

interface BadScript {
  readonly what: string;
  readonly text: string;
  readonly code: LoadScriptError["code"];
  /** What the sentence must say; `@` stands for the script's path. */
  readonly says: string;
  readonly overrides?: OptionOverrides;
}

const BAD: readonly BadScript[] = [
  { what: "a syntax error", text: "const a = ;\n", code: "script-syntax", says: "@:1:11: Unexpected" },
  {
    what: "a syntax error in TypeScript",
    text: "\ninterface A { b: }\n",
    code: "script-syntax",
    says: "@:2:",
  },
  {
    what: "a local module that is not there",
    text: 'import "./no.js";',
    code: "script-syntax",
    says: '@:1:8: Could not resolve "./no.js"',
  },
  {
    what: "a module of k6 that is not here",
    text: 'import grpc from "k6/net/grpc";\nexport default () => grpc;',
    code: "script-unsupported",
    says: "no module k6/net/grpc",
  },
  {
    what: "the old WebSocket module",
    text: 'import ws from "k6/ws";\nexport default () => ws;',
    code: "script-unsupported",
    says: "use k6/websockets",
  },
  {
    what: "a remote module",
    text: 'import "https://jslib.k6.io/a.js";',
    code: "script-unsupported",
    says: "save https://jslib.k6.io/a.js beside the script",
  },
  {
    what: "an export that a module lacks",
    text: `import { md4 } from "k6/crypto";\n${BODY}\nmd4("x");`,
    code: "script-unsupported",
    says: "k6/crypto has no md4",
  },
  {
    what: "a member that a module lacks",
    text: `import http from "k6/http";\nexport default () => {\n  http.trace("x");\n};`,
    code: "script-unsupported",
    says: "@:3:3: the embedded engine's k6/http has no trace",
  },
  {
    what: "a request within a callback that would not be waited for",
    text: 'import http from "k6/http";\nexport default () => "abc".replace(/b/, () => http.get("http://x").body);',
    code: "script-unsupported",
    says: "@:2:22: the function given to replace sends a request",
  },
  {
    what: "a request in a getter",
    text: 'import http from "k6/http";\nexport default () => ({ get a() { return http.get("http://x"); } }).a;',
    code: "script-unsupported",
    says: "@:2:42: a request or sleep inside a getter",
  },
  {
    what: "a sleep in a constructor",
    text: 'import { sleep } from "k6";\nclass A {\n  constructor() { sleep(1); }\n}\nexport default () => new A();',
    code: "script-unsupported",
    says: "@:3:19: a request or sleep inside a constructor",
  },
  {
    what: "a request in a generator",
    text: 'import http from "k6/http";\nfunction* g() {\n  yield http.get("http://x");\n}\nexport default () => [...g()];',
    code: "script-unsupported",
    says: "@:3:9: a request or sleep inside a generator",
  },
  {
    what: "init code that throws",
    text: `\nconst a = null;\na.b;\n${BODY}`,
    code: "script-threw",
    says: "@:3:3: the init code threw TypeError",
  },
  {
    what: "a request in the init code",
    text: `import http from "k6/http";\nhttp.get("http://127.0.0.1");\n${BODY}`,
    code: "script-threw",
    says: "requests cannot be sent from the init code",
  },
  {
    what: "a file that open() cannot find",
    text: `open("./none.csv");\n${BODY}`,
    code: "script-threw",
    says: "there is no file",
  },
  {
    what: "one metric name for two types",
    text: `import { Counter, Rate } from "k6/metrics";\nnew Counter("a");\nnew Rate("a");\n${BODY}`,
    code: "script-threw",
    says: "@:3:1: the init code threw RangeError: metric 'a' is already a counter",
  },
  {
    what: "a metric name with a space",
    text: `import { Counter } from "k6/metrics";\nnew Counter("a b");\n${BODY}`,
    code: "script-threw",
    says: 'invalid metric name "a b"',
  },
  {
    what: "no default function",
    text: "export const options = {};",
    code: "options-invalid",
    says: "the scenario default runs default, and the script exports no function of that name",
  },
  {
    what: "an unknown option",
    text: options("{ vuz: 3 }"),
    code: "options-invalid",
    says: "options has no option vuz; did you mean vus?",
  },
  {
    what: "a wrong type",
    text: options('{ vus: "3" }'),
    code: "options-invalid",
    says: 'options.vus must be a whole number of at least 1, got "3"',
  },
  {
    what: "no virtual users",
    text: options("{ vus: 0 }"),
    code: "options-invalid",
    says: "options.vus must be a whole number of at least 1, got 0",
  },
  {
    what: "a duration that is none",
    text: options('{ duration: "10 s" }'),
    code: "options-invalid",
    says: 'options.duration must be a duration such as "30s" or "1m30s", got "10 s"',
  },
  {
    what: "an unknown executor",
    text: options('{ scenarios: { a: { executor: "constant" } } }'),
    code: "options-invalid",
    says: "options.scenarios.a.executor must be one of constant-vus, ramping-vus",
  },
  {
    what: "a field of another executor",
    text: options('{ scenarios: { a: { executor: "constant-vus", duration: "1s", rate: 3 } } }'),
    code: "options-invalid",
    says: "options.scenarios.a (constant-vus) has no option rate",
  },
  {
    what: "a field that is missing",
    text: options('{ scenarios: { a: { executor: "constant-vus" } } }'),
    code: "options-invalid",
    says: "options.scenarios.a.duration is missing",
  },
  {
    what: "fewer maxVUs than preAllocatedVUs",
    text: arrival("maxVUs: 1, preAllocatedVUs: 2"),
    code: "options-invalid",
    says: "options.scenarios.a.maxVUs (1) must not be fewer than preAllocatedVUs (2)",
  },
  {
    what: "a rate that is not whole",
    text: arrival("rate: 1.5"),
    code: "options-invalid",
    says: "options.scenarios.a.rate must be a whole number of at least 1, got 1.5",
  },
  {
    what: "an exec that is not exported",
    text: arrival('exec: "nope"'),
    code: "options-invalid",
    says: "the scenario a runs nope, and the script exports no function of that name",
  },
  {
    what: "a scenario's name with a space",
    text: options('{ scenarios: { "a b": { executor: "constant-vus", duration: "1s" } } }'),
    code: "options-invalid",
    says: "letters, digits, _ and - only",
  },
  {
    what: "scenarios beside a shortcut",
    text: options('{ duration: "1s", scenarios: { a: { executor: "constant-vus", duration: "1s" } } }'),
    code: "options-invalid",
    says: "options has both scenarios and duration",
  },
  {
    what: "fewer shared iterations than users",
    text: options("{ vus: 5, iterations: 3 }"),
    code: "options-invalid",
    says: "options.iterations (3) must not be fewer than its vus (5)",
  },
  {
    what: "empty stages",
    text: options("{ stages: [] }"),
    code: "options-invalid",
    says: "options.stages must not be empty",
  },
  {
    what: "a summary figure that is none",
    text: options('{ summaryTrendStats: ["p(101)"] }'),
    code: "options-invalid",
    says: "options.summaryTrendStats[0] must be avg, min, med, max, count or p(0..100)",
  },
  {
    what: "an override that is wrong",
    text: BODY,
    code: "options-invalid",
    says: "options.vus must be a whole number",
    overrides: { vus: -1, duration: "1s" },
  },
];

describe("a bad script is refused before the first request", () => {
  for (const { what, text, code, says, overrides } of BAD) {
    it(`for ${what}, in one sentence: ${says}`, async () => {
      const scriptPath = path.join(folder, `bad-${files++}.ts`);
      writeFileSync(scriptPath, text);
      const error = await prepareScript({ scriptPath, env: {}, overrides: overrides ?? {} }).then(
        () => assert.fail("it was accepted"),
        (reason: unknown) => reason,
      );
      assert.ok(error instanceof LoadScriptError, String(error));
      assert.equal(error.code, code, error.message);
      const wanted = says.replace("@", scriptPath);
      assert.ok(error.message.includes(wanted), `${error.message}\n  should say\n${wanted}`);
      assert.equal(error.exitCode, code === "script-threw" ? 107 : 104);
      assert.equal(error.message.includes("\n"), false, "one line");
    });
  }

  it("when there is no such file", async () => {
    const scriptPath = path.join(folder, "none.ts");
    await assert.rejects(prepareScript({ scriptPath, env: {}, overrides: {} }), {
      code: "script-not-found",
      message: `Cannot read the load script ${scriptPath}: there is no such file.`,
    });
  });
});
