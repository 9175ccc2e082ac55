/** `loopscope top --web` as a user runs it, and its page as a user opens it. */

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";

const LOOPSCOPE = fileURLToPath(new URL("../../../bin/loopscope.js", import.meta.url));

export interface RunningTop {
  /** What it printed: the page's address. */
  readonly address: string;
  readonly process: ChildProcess;
  /** Ends it as Ctrl-C does, and resolves with its exit code. */
  interrupt(): Promise<number | null>;
}

/** Killed when the test ends, should it still run. */
export async function startTopPage(
  t: { after(fn: () => void): void },
  agentPort: number,
  environment: Readonly<Record<string, string>> = {},
): Promise<RunningTop> {
  const args = ["top", "--web", `http://127.0.0.1:${agentPort}`];
  const child = spawn(process.execPath, [LOOPSCOPE, ...args], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "ignore"],
  });
  t.after(() => child.kill("SIGKILL"));
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return {
    address: line.toString().trim(),
    process: child,
    interrupt: async () => {
      const ended = once(child, "exit");
      child.kill("SIGINT");
      const [code] = (await ended) as [number | null];
      return code;
    },
  };
}

export interface OpenedTop {
  readonly page: Page;
  /** Everything that should not happen: errors, console messages, requests elsewhere. */
  readonly complaints: readonly string[];
}

export async function openTopPage(
  browser: Browser | undefined,
  address: string,
  viewport = { width: 1280, height: 900 },
  dark = false,
): Promise<OpenedTop> {
  assert.ok(browser !== undefined);
  const page = await browser.newPage({ viewport, colorScheme: dark ? "dark" : "light" });
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(address) && !url.startsWith("blob:")) complaints.push(`asked for ${url}`);
  });
  await page.goto(address);
  return { page, complaints };
}

/** Resolves when the page shows charts and a block. */
export async function untilShown(page: Page): Promise<void> {
  // By selector, because the page's policy lets nobody evaluate a text within it again and again.
  await page.waitForSelector("#charts figure:nth-child(6) canvas");
  await page.waitForSelector("#blocks tr");
}
