/** Wraps the known synchronous calls and the exports of native addons, so that a slow one is seen exactly. */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { BuiltinLoading } from "./builtin-loading";
import { wrapAddonLoading } from "./native-addon-wrapping";
import type { NativeCallRecorder } from "./native-call-recorder";
import { holderOf, NATIVE_CALL_ROWS } from "./native-call-table";
import { type CallAround, unwrapAll, wrapFunction } from "./native-call-wrapping";

/** A text this long takes a millisecond or so to write; a shorter one is not worth a stack. */
const LARGE_TEXT_LENGTH = 512 * 1024;

/** Runs a wait for work, which is no block. */
type IdleDuring = <T>(wait: () => T) => T;

/** Names by index, as the shared memory's NATIVE_INDEX counts them. The same in every thread of a process. */
export function nativeCallNames(): readonly string[] {
  return [...NATIVE_CALL_ROWS.map((row) => row.name), "native addon"];
}

/**
 * @param idleDuring null in the main thread, where whoever waits holds up everybody.
 * @returns to be called now and then: wraps what the application has loaded since.
 */
export function startNativeCallProbe(
  recorder: NativeCallRecorder,
  idleDuring: IdleDuring | null,
): () => void {
  wrapRows(recorder, null, globalThis, idleDuring);
  wrapRows(recorder, "fs", fs, null);
  // How large its result is, JSON.stringify shows only afterwards: no clock is read before.
  wrapFunction(JSON, "stringify", (original, receiver, args) => {
    const text = Reflect.apply(original, receiver, args);
    if (typeof text === "string" && text.length >= LARGE_TEXT_LENGTH) recorder.noteUntimed("JSON.stringify");
    return text;
  });
  wrapAddonLoading((name, original, receiver, args) =>
    recorder.timed(name, NATIVE_CALL_ROWS.length, original, receiver, args),
  );
  const modules = new Set(NATIVE_CALL_ROWS.flatMap(({ module }) => module ?? []));
  modules.delete("fs");
  const loading = new BuiltinLoading(modules, (name, exports) => {
    wrapRows(recorder, name, exports, null);
    syncBuiltinESMExports();
  });
  // Named imports of ES modules (`import { readFileSync }`) see the wrappers only after this.
  syncBuiltinESMExports();
  return () => loading.look();
}

export function stopNativeCallProbe(): void {
  unwrapAll();
  syncBuiltinESMExports();
}

function wrapRows(
  recorder: NativeCallRecorder,
  module: string | null,
  exports: object,
  idleDuring: IdleDuring | null,
): void {
  NATIVE_CALL_ROWS.forEach((row, index) => {
    if (row.module !== module) return;
    const holder = holderOf(row, exports);
    if (holder === null) return;
    const { name, matters } = row;
    const timed: CallAround = (original, receiver, args) =>
      matters === undefined || matters(args)
        ? recorder.timed(name, index, original, receiver, args)
        : Reflect.apply(original, receiver, args);
    const waits = holder === Atomics && idleDuring !== null;
    wrapFunction(
      holder,
      row.property,
      waits ? (original, receiver, args) => idleDuring(() => Reflect.apply(original, receiver, args)) : timed,
    );
  });
}
