/** `loopscope top`: a live view of a running service, in the terminal or as a page. */

import { EXIT_CODES } from "../exit-codes.js";
import { LoopscopeError } from "../loopscope-error.js";
import { readCommandEnvironment } from "./command-environment.js";
import type { Invocation, ParsedOptions, VerbDefinition } from "./command-options.js";
import { Interruption } from "./interruption.js";
import { httpUrl, wholeNumber } from "./option-values.js";
import { ServiceWatch } from "./service-watch.js";
import { printOnce, showScreen } from "./top-terminal.js";
import { servePage } from "./top-web.js";

/** Watched before the one picture where standard output is no terminal. */
const DEFAULT_ONCE_SECONDS = 5;

export const TOP_VERB: VerbDefinition = {
  name: "top",
  usage: "top [options] <agent url>",
  summary: "Shows a running service live: event loop, routes, memory, queues and the latest blocks.",
  positionals: ["<agent url>"],
  takesCommand: false,
  options: [
    {
      name: "web",
      description:
        "Serve the view as a live page on 127.0.0.1 instead, until Ctrl-C; its address is printed and is its key.",
    },
    {
      name: "web-port",
      value: "N",
      description: "Port of the page, 1 to 65535. Default: a free one.",
    },
    {
      name: "once",
      value: "SECONDS",
      description:
        "Watch for so many seconds (1 to 3600), print the view once and end; for pipes and scripts.",
    },
  ],
  examples: [
    "loopscope top http://127.0.0.1:9464",
    "loopscope top --web http://127.0.0.1:9464",
    "loopscope top http://127.0.0.1:9464 --once 10",
  ],
  execute: executeTop,
};

async function executeTop(invocation: Invocation): Promise<number> {
  const url = httpUrl("<agent url>", invocation.positionals[0] ?? "").origin;
  const plan = readPlan(invocation.options);
  const { noColor, agentToken: token } = readCommandEnvironment();
  const colour = process.stdout.isTTY === true && !noColor;
  const interruption = new Interruption();
  const watch = new ServiceWatch(url, token);
  try {
    if (plan.isWeb) await servePage(watch, token, plan.port, interruption.signal);
    else if (plan.onceSeconds === null) await showScreen(watch, interruption.signal, { token, colour });
    else await printOnce(watch, plan.onceSeconds, interruption.signal, colour);
    return watch.wasHeard ? EXIT_CODES.passed : EXIT_CODES.targetFailed;
  } finally {
    watch.close();
    interruption.dispose();
  }
}

interface TopPlan {
  readonly isWeb: boolean;
  /** Of the page; 0: a free one. */
  readonly port: number;
  /** Null: the screen, until a key ends it. */
  readonly onceSeconds: number | null;
}

/** @throws LoopscopeError INVALID_OPTION. */
function readPlan(options: ParsedOptions): TopPlan {
  const isWeb = options.has("web");
  const once = options.text("once");
  const port = options.text("web-port");
  if (isWeb && once !== undefined) {
    throw new LoopscopeError(
      "INVALID_OPTION",
      `--once ${once} prints the view and --web serves it: give one.`,
    );
  }
  if (port !== undefined && !isWeb) {
    throw new LoopscopeError("INVALID_OPTION", `--web-port ${port} is of use only with --web.`);
  }
  const onceSeconds = once === undefined ? null : wholeNumber("--once", once, 1, 3600);
  return {
    isWeb,
    port: port === undefined ? 0 : wholeNumber("--web-port", port, 1, 65_535),
    onceSeconds: onceSeconds ?? (process.stdout.isTTY === true ? null : DEFAULT_ONCE_SECONDS),
  };
}
