/** The real Chromium, for tests of pages. */

import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

/** The program: CHROMIUM_BIN, or where Debian puts it. */
const CHROMIUM = process.env.CHROMIUM_BIN ?? "/usr/bin/chromium";
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** For a test's `skip`: false where Chromium is, otherwise why nothing is tested. */
export const skipWithoutChromium: false | string = existsSync(CHROMIUM)
  ? false
  : `no Chromium at ${CHROMIUM} (CHROMIUM_BIN)`;

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}
