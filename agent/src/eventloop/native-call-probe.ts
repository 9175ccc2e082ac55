/** Wraps the known synchronous calls and the exports of native addons, so that a slow one is seen exactly. */
import { syncBuiltinESMExports } from "node:module";
import { wrapAddonLoading } from "./native-addon-wrapping";
import type { NativeCallRecorder } from "./native-call-recorder";
import { nativeCallRows } from "./native-call-table";
import { unwrapAll, wrapFunction } from "./native-call-wrapping";
import { SQLITE, SqliteWrapping } from "./sqlite-wrapping";

/** A text this long takes a millisecond or so to write; a shorter one is not worth a stack. */
const LARGE_TEXT_LENGTH = 512 * 1024;

/** Names by index, as the shared memory's NATIVE_INDEX counts them. The same in every thread of a process. */
export function nativeCallNames(): readonly string[] {
  return [...nativeCallRows().map((row) => row.name), "native addon", SQLITE];
}

/**
 * @param idleDuring runs a wait for work, which is no block, in a worker thread; null in the main thread,
 *   where whoever waits holds up everybody.
 * @returns to be called now and then: wraps what the application has loaded since.
 */
export function startNativeCallProbe(
  recorder: NativeCallRecorder,
  idleDuring: (<T>(wait: () => T) => T) | null,
): () => void {
  const rows = nativeCallRows();
  rows.forEach(({ name, holder, property, matters }, index) => {
    if (holder === Atomics && idleDuring !== null) {
      wrapFunction(holder, property, (original, receiver, args) =>
        idleDuring(() => Reflect.apply(original, receiver, args)),
      );
      return;
    }
    wrapFunction(holder, property, (original, receiver, args) =>
      matters === undefined || matters(args)
        ? recorder.timed(name, index, original, receiver, args)
        : Reflect.apply(original, receiver, args),
    );
  });
  // How large its result is, JSON.stringify shows only afterwards: no clock is read before.
  wrapFunction(JSON, "stringify", (original, receiver, args) => {
    const text = Reflect.apply(original, receiver, args);
    if (typeof text === "string" && text.length >= LARGE_TEXT_LENGTH) recorder.noteUntimed("JSON.stringify");
    return text;
  });
  wrapAddonLoading((name, original, receiver, args) =>
    recorder.timed(name, rows.length, original, receiver, args),
  );
  // Named imports of ES modules (`import { readFileSync }`) see the wrappers only after this.
  syncBuiltinESMExports();
  const sqlite = new SqliteWrapping((name, original, receiver, args) =>
    recorder.timed(name, rows.length + 1, original, receiver, args),
  );
  return () => sqlite.look();
}

export function stopNativeCallProbe(): void {
  unwrapAll();
  syncBuiltinESMExports();
}
