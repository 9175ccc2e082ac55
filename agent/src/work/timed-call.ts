/** One call of a database that ends by a callback. */

import type { DatabaseCalls } from "../downstream/downstream-calls";
import { errorTypeOf } from "../downstream/error-type";

/** Ends a call: null and undefined mean that it went well. Later ends of the same call are ignored. */
export type EndCall = (error: unknown) => void;

type Callback = (error: unknown, ...rest: unknown[]) => unknown;

/** @param likeness see `CallRecord.begin`. */
export function beginCall(database: DatabaseCalls, likeness: string | null): EndCall {
  const call = database.begin(likeness);
  let open = true;
  return (error) => {
    if (open) database.end(call, error === null || error === undefined ? null : errorTypeOf(error));
    open = false;
  };
}

/** A callback in the place of the application's that first ends the call. */
export function endingCallback(callback: unknown, end: EndCall): Callback {
  return function (this: unknown, error, ...rest) {
    end(error);
    return (callback as Callback).call(this, error, ...rest);
  };
}
