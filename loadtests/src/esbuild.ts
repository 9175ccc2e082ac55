/** The one door to esbuild. */

import { createRequire } from "node:module";

type Esbuild = typeof import("esbuild");

/**
 * Required, not imported, and when it is first used: before Node imports a CommonJS module it looks through
 * its text for exports, which takes longer than to run this one.
 */
export const build: Esbuild["build"] = (options) => {
  const { build: run } = createRequire(import.meta.url)("esbuild") as Esbuild;
  return run(options);
};
