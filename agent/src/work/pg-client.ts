/** pg's Client: how long each query takes, from when it was asked until its answer is complete. */

import type { DatabasePlace, DownstreamCalls } from "../downstream/downstream-calls";
import { errorTypeOf } from "../downstream/error-type";
import type { Guard } from "../guard";
import { ownExport, prototypeOf, wrapMethod } from "../method-wrapping";
import type { ModuleHook } from "../module-hooks";
import { observed } from "./library-hook";
import { likenessOf } from "./likeness";

interface PgClient {
  readonly host?: string;
  readonly port?: number;
  readonly database?: string;
}

interface PgQuery {
  readonly text?: unknown;
  readonly values?: unknown;
  readonly submit?: unknown;
}

type QueryCallback = (error: unknown, ...rest: unknown[]) => void;

export function pgClientHook(guard: Guard, downstream: DownstreamCalls): ModuleHook {
  return {
    majors: [8],
    install: (exports) => {
      wrapMethod(
        prototypeOf(ownExport(exports, "Client")),
        "query",
        (original) =>
          function (this: unknown, ...args) {
            // A cursor or a stream is read as its owner likes: how long that takes says nothing.
            if (isSubmittable(args[0])) return original.apply(this, args);
            const begun = guard.run("library pg", () => {
              const client = this as PgClient;
              const database = downstream.database(client, () => placeOf(client));
              return { database, call: database.begin(queryLikeness(args)) };
            });
            if (begun === undefined) return original.apply(this, args);
            const ended = (error: unknown): void =>
              begun.database.end(
                begun.call,
                error === null || error === undefined ? null : errorTypeOf(error),
              );
            const at = args.findIndex((argument) => typeof argument === "function");
            if (at === -1) return observed(original.apply(this, args), ended);
            const callback = args[at] as QueryCallback;
            const timed: QueryCallback = (error, ...rest) => {
              ended(error);
              callback(error, ...rest);
            };
            return original.apply(this, args.with(at, timed));
          },
      );
    },
  };
}

function placeOf({ host = "localhost", port = 5432, database = "" }: PgClient): DatabasePlace {
  return { system: "postgresql", address: host, port: String(port), namespace: database };
}

function isSubmittable(query: unknown): boolean {
  return typeof (query as PgQuery | null | undefined)?.submit === "function";
}

/** The same text with the same values. */
function queryLikeness([query, values]: readonly unknown[]): string | null {
  const { text, values: own } =
    typeof query === "string" ? { text: query, values: undefined } : ((query ?? {}) as PgQuery);
  return likenessOf(text, own ?? values);
}
