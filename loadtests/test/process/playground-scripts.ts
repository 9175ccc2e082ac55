/** Load scripts written for a test, against the server of `http-playground.mjs`. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before } from "node:test";
import { type FixtureServer, startFixture } from "./embedded-runs.js";

const IMPORTS = `import http from "k6/http";
import { check, sleep } from "k6";
import exec from "k6/execution";
`;

export class PlaygroundScripts {
  readonly #folder = mkdtempSync(path.join(tmpdir(), "loopscope-scripts-"));
  #files = 0;
  #server: FixtureServer | null = null;

  /** Starts the server before the tests of the surrounding suite, and removes everything after them. */
  constructor() {
    before(async () => {
      this.#server = await startFixture("http-playground.mjs");
    });
    after(async () => {
      await this.#server?.stop();
      rmSync(this.#folder, { recursive: true });
    });
  }

  /** The script's `__ENV`; once the server has started. */
  get env(): Record<string, string> {
    if (this.#server === null) throw new Error("the playground has not started");
    return { BASE: this.#server.url };
  }

  /** @param text without the imports of what most scripts use. @returns the file's path */
  readonly write = (text: string): string => {
    const file = path.join(this.#folder, `script-${this.#files++}.ts`);
    writeFileSync(file, `${IMPORTS}${text}`);
    return file;
  };
}
