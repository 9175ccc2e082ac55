/** The page's side of `loopscope top`: serves it on this machine until the user ends it. */

import type { Block, Frame } from "@loopscope/agent/catalog";
import { epochMs, monotonicMs } from "../clock.js";
import { renderLivePage } from "../report/html/live-page.js";
import { liveBlocks, liveView } from "../report/html/live-view.js";
import { PROFILE_SECONDS, profileFileName, takeCpuProfile } from "../target/agent-profile.js";
import { RouteTotals } from "./route-totals.js";
import type { ServiceWatch } from "./service-watch.js";
import { type PageMessage, PageServer } from "./top-page-server.js";

/** How long something new may lie before the page is told. */
const TICK_MS = 250;
/** A page is told at least this often, so that it sees for how long the service is away. */
const LONGEST_QUIET_MS = 1000;
/** Routes are added up over so many frames: a second's percentiles are those of a handful of requests. */
const ROUTE_FRAMES = 60;
/** How long the page says that the service restarted. */
const RESTART_NEWS_MS = 60_000;

/** Serves until `signal`. @throws LoopscopeError INVALID_OPTION when the port cannot be had. */
export async function servePage(
  watch: ServiceWatch,
  token: string | undefined,
  port: number,
  signal: AbortSignal,
): Promise<void> {
  const server = new PageServer({
    html: await renderLivePage({
      url: watch.url,
      profileSeconds: PROFILE_SECONDS,
    }),
    greeting: () => [blocksMessage(watch), viewMessage(watch)],
    takeProfile: async () => ({
      text: await takeCpuProfile(watch.url, PROFILE_SECONDS, token, signal),
      fileName: profileFileName(),
    }),
  });
  const address = await server.listen(port);
  const timer = keepTelling(watch, server);
  process.stdout.write(`${address}\n`);
  process.stderr.write("Who has this address sees the page. Ctrl-C ends it.\n");
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  clearInterval(timer);
  server.close();
}

function keepTelling(watch: ServiceWatch, server: PageServer): NodeJS.Timeout {
  let toldAt = monotonicMs();
  let frames: readonly Frame[] = [];
  let blocks: readonly Block[] = [];
  let origin = originOf(watch);
  return setInterval(() => {
    if (!server.hasReaders) return;
    if (watch.blocks !== blocks || origin !== originOf(watch)) {
      blocks = watch.blocks;
      origin = originOf(watch);
      server.send(blocksMessage(watch));
    }
    if (watch.frames === frames && monotonicMs() - toldAt < LONGEST_QUIET_MS) return;
    frames = watch.frames;
    toldAt = monotonicMs();
    server.send(viewMessage(watch));
  }, TICK_MS);
}

function viewMessage(watch: ServiceWatch): PageMessage {
  const routes = new RouteTotals();
  for (const frame of watch.frames.slice(-ROUTE_FRAMES)) routes.add(frame.http.byRoute);
  const { frames, silentSeconds, lossReason } = watch;
  const isNews = watch.restart !== null && epochMs() - watch.restart.seenAt < RESTART_NEWS_MS;
  const restart = isNews ? watch.restart : null;
  return {
    event: "view",
    data: liveView({
      frames,
      routes: routes.toFrames(),
      silentSeconds,
      lossReason,
      restart,
      originMs: originOf(watch),
    }),
  };
}

function blocksMessage(watch: ServiceWatch): PageMessage {
  return {
    event: "blocks",
    data: liveBlocks(watch.blocks, watch.blockCount, originOf(watch), process.cwd()),
  };
}

/**
 * Second 0 of the time axes: a whole minute, so that marks stand at whole seconds; by the agent's clock, which
 * may be another machine's.
 */
function originOf(watch: ServiceWatch): number {
  return Math.floor((watch.firstFrameAt ?? 0) / 60_000) * 60_000;
}
