/** What a load is pointed at, as the command line names it: a script's file, a URL, or a path of the target. */

import { LoopscopeError } from "../loopscope-error.js";

/** Stands for the target's address until it is known: nothing is ever sent to it. */
export const UNKNOWN_ORIGIN = "http://127.0.0.1";

/** What runs as a script rather than being a path of the target. */
export function isScriptFile(place: string): boolean {
  return /\.[cm]?[jt]s$/.test(place);
}

/** As autocannon: `http://` may be left out, and with a target's command a path is enough. */
export function absoluteUrl(place: string, origin: string | undefined): string {
  const text =
    origin === undefined && !/^[a-z]+:\/\//i.test(place) && !place.startsWith("/")
      ? `http://${place}`
      : place;
  const url = URL.canParse(text, origin) ? new URL(text, origin) : undefined;
  if (url !== undefined && (url.protocol === "http:" || url.protocol === "https:")) return url.href;
  const hint = place.startsWith("/") ? "; a path alone needs a target's command after `--`" : "";
  throw new LoopscopeError("INVALID_OPTION", `<url> must be an http or https URL, got "${place}"${hint}.`);
}
