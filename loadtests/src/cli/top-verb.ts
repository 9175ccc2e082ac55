/** `loopscope top`: a live view of a running service, in the terminal. */

import { writeFile } from "node:fs/promises";
import path from "node:path";
import { emitKeypressEvents, type Key } from "node:readline";
import type { Block, Frame } from "@loopscope/agent/catalog";
import { epochMs } from "../clock.js";
import { EXIT_CODES } from "../exit-codes.js";
import { nextOrder, renderTop, type TopOrder, type TopState } from "../report/top-screen.js";
import { takeCpuProfile } from "../target/agent-profile.js";
import { AgentStream } from "../target/agent-stream.js";
import { readCommandEnvironment } from "./command-environment.js";
import type { Invocation, VerbDefinition } from "./command-options.js";
import { Interruption } from "./interruption.js";
import { httpUrl, wholeNumber } from "./option-values.js";

const FRAMES_KEPT = 60;
const BLOCKS_KEPT = 100;
const PROFILE_SECONDS = 5;
const REDRAW_MS = 500;

// ECMA-48 and xterm: the alternate screen keeps what was on the terminal before.
const ENTER_SCREEN = "\u001b[?1049h\u001b[?25l";
const LEAVE_SCREEN = "\u001b[?25h\u001b[?1049l";
const TO_TOP = "\u001b[H";
const CLEAR_LINE_END = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";

export const TOP_VERB: VerbDefinition = {
  name: "top",
  usage: "top [options] <agent url>",
  summary: "Shows a running service live: event loop, routes, memory, queues and the latest blocks.",
  positionals: ["<agent url>"],
  takesCommand: false,
  options: [
    {
      name: "once",
      value: "SECONDS",
      description:
        "Watch for so many seconds (1 to 3600), print the view once and end; for pipes and scripts.",
    },
  ],
  examples: ["loopscope top http://127.0.0.1:9464", "loopscope top http://127.0.0.1:9464 --once 10"],
  execute: executeTop,
};

async function executeTop(invocation: Invocation): Promise<number> {
  const url = httpUrl("<agent url>", invocation.positionals[0] ?? "").origin;
  const once = invocation.options.text("once");
  const seconds = once === undefined ? null : wholeNumber("--once", once, 1, 3600);
  const { noColor, agentToken } = readCommandEnvironment();
  const watch = new ServiceWatch(url, agentToken);
  const interruption = new Interruption();
  const isScreen = process.stdout.isTTY === true && seconds === null;
  try {
    if (isScreen) await showScreen(watch, interruption.signal, !noColor);
    else await waitFor(seconds ?? PROFILE_SECONDS, interruption.signal);
    if (!isScreen) {
      const style = {
        colour: process.stdout.isTTY === true && !noColor,
        columns: process.stdout.columns ?? 100,
      };
      process.stdout.write(`${renderTop(watch.state(), style, 60).join("\n")}\n`);
    }
    return watch.wasHeard ? EXIT_CODES.passed : EXIT_CODES.targetFailed;
  } finally {
    watch.close();
    interruption.dispose();
  }
}

/** Follows one agent and keeps what the screen needs. A target that restarts is found again by the stream. */
class ServiceWatch {
  readonly #url: string;
  readonly #token: string | undefined;
  readonly #stream: AgentStream;
  #frames: readonly Frame[] = [];
  #blocks: readonly Block[] = [];
  #blockCount = 0;
  #heardAt: number | null = null;
  #order: TopOrder = "requests";
  #frozen: TopState | null = null;
  #notice: string | null = null;
  #profiling = false;

  constructor(url: string, token: string | undefined) {
    this.#url = url;
    this.#token = token;
    this.#stream = new AgentStream(url, token, {
      onFrame: (frame) => this.#addFrame(frame),
      onBlock: (block) => {
        this.#blockCount++;
        this.#blocks = [...this.#blocks, block].slice(-BLOCKS_KEPT);
      },
    });
  }

  get wasHeard(): boolean {
    return this.#heardAt !== null;
  }

  state(): TopState {
    const live: TopState = {
      url: this.#url,
      frames: this.#frames,
      blocks: this.#blocks,
      blockCount: this.#blockCount,
      order: this.#order,
      paused: false,
      silentSeconds: this.#heardAt === null ? null : (epochMs() - this.#heardAt) / 1000,
      notice: this.#notice,
    };
    if (this.#frozen === null) return live;
    return { ...this.#frozen, order: live.order, notice: live.notice, paused: true };
  }

  sort(): void {
    this.#order = nextOrder(this.#order);
  }

  pause(): void {
    this.#frozen = this.#frozen === null ? this.state() : null;
  }

  async profile(): Promise<void> {
    if (this.#profiling) return;
    this.#profiling = true;
    this.#notice = `taking a CPU profile for ${PROFILE_SECONDS} s`;
    try {
      const text = await takeCpuProfile(this.#url, PROFILE_SECONDS, this.#token);
      const stamp = new Date(epochMs()).toISOString().slice(0, 19).replaceAll(":", "-");
      const file = path.resolve(`loopscope-${stamp}.cpuprofile`);
      await writeFile(file, text);
      this.#notice = `CPU profile written to ${file}`;
    } catch (error) {
      this.#notice = `no CPU profile: ${error instanceof Error ? error.message : String(error)}`;
    } finally {
      this.#profiling = false;
    }
  }

  close(): void {
    this.#stream.close();
  }

  #addFrame(frame: Frame): void {
    const previous = this.#frames.at(-1);
    if (previous !== undefined && previous.pid !== frame.pid) {
      this.#notice = `the service restarted: pid ${previous.pid} is now ${frame.pid}`;
      this.#frames = [];
    }
    this.#heardAt = epochMs();
    this.#frames = [...this.#frames, frame].slice(-FRAMES_KEPT);
  }
}

/** Draws until `q` or Ctrl-C. The terminal is given back as it was, whatever happens. */
async function showScreen(watch: ServiceWatch, signal: AbortSignal, colour: boolean): Promise<void> {
  const { stdin, stdout } = process;
  const draw = (): void => {
    const style = { colour, columns: Math.max(40, stdout.columns) };
    const lines = renderTop(watch.state(), style, stdout.rows - 1);
    stdout.write(TO_TOP + lines.map((line) => line + CLEAR_LINE_END).join("\n") + CLEAR_BELOW);
  };
  stdout.write(ENTER_SCREEN);
  const timer = setInterval(draw, REDRAW_MS);
  stdout.on("resize", draw);
  try {
    await new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
      listenToKeys((key) => {
        if (key === "q") resolve();
        if (key === "s") watch.sort();
        if (key === "p") watch.pause();
        if (key === "c") void watch.profile().then(draw);
        draw();
      });
      draw();
    });
  } finally {
    clearInterval(timer);
    stdout.off("resize", draw);
    if (stdin.isTTY) stdin.setRawMode(false);
    stdin.pause();
    stdout.write(LEAVE_SCREEN);
  }
}

function listenToKeys(onKey: (name: string) => void): void {
  const { stdin } = process;
  emitKeypressEvents(stdin);
  if (stdin.isTTY) stdin.setRawMode(true);
  stdin.on("keypress", (_text: string | undefined, key: Key) => {
    // In raw mode the terminal sends Ctrl-C as a key and no signal.
    onKey(key.ctrl === true && key.name === "c" ? "q" : (key.name ?? ""));
  });
  stdin.resume();
}

function waitFor(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
