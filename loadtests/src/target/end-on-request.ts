/**
 * Preloaded into a target that runs under Clinic.js: SIGTERM makes it end by itself, with exit code 0. Clinic's
 * Doctor writes nothing when its program is ended by a signal from Node 22 on. Imports nothing.
 */

/** An application that ends gracefully gets this long for it. */
const GRACE_MS = 3000;

process.once("SIGTERM", () => {
  const endsItself = process.listenerCount("SIGTERM") > 0;
  setTimeout(() => process.exit(0), endsItself ? GRACE_MS : 0);
});
