// Covers: local modules, default and named imports, re-exports, state kept by each virtual user, a package from npm's neighbour node:

import { basename } from "node:path";
import { check } from "k6";
import paths, { count, visit } from "./data/visits.js";

export const options = { scenarios: { only: { executor: "per-vu-iterations", vus: 2, iterations: 3 } } };

export default function () {
  const response = visit(paths.home);
  check(response, { ok: (r) => r.status === 200 });
  check(count(), { "own state for each virtual user": (n) => n === __ITER + 1 });
  check(basename(response.url), { "node's modules": (name) => name === "echo" });
}
