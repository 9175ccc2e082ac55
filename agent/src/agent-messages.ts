/** What the main thread and the agent's own thread say to each other. Structured-cloneable. */
import type { ListeningAddress } from "./catalog/announcement";
import type { Block } from "./catalog/block";
import type { Frame } from "./catalog/frame";
import type { AgentConfig } from "./config/agent-config";
import type { BlockReport } from "./eventloop/block-report";
import type { MainAnswer, MainRequest } from "./export/main-request";

/** What the agent's thread is started with. */
export interface AgentThreadData {
  readonly config: AgentConfig;
  readonly heartbeatMemory: SharedArrayBuffer;
  /** See thread-vitals.ts. */
  readonly vitalsMemory: SharedArrayBuffer;
  readonly argv: readonly string[];
  /** The process that forked this one as a worker of its cluster, or null. */
  readonly clusterPrimaryPid: number | null;
  /** By index, as the heartbeat's NATIVE_INDEX counts them: the thread has no other need of the modules wrapped. */
  readonly nativeCallNames: readonly string[];
  /** Whether stacks can be taken in this process. */
  readonly hasInspector: boolean;
  /** When the thread was asked for, on the clock that all threads of the process share. */
  readonly askedForMs: number;
}

export type MessageToThread =
  | { readonly kind: "report"; readonly report: BlockReport }
  | { readonly kind: "frame"; readonly frame: Frame }
  | { readonly kind: "answer"; readonly id: number; readonly answer: MainAnswer }
  | { readonly kind: "listening"; readonly address: ListeningAddress }
  /** The source map that the application holds for a file it compiled itself (tsx, ts-node). */
  | { readonly kind: "source-map"; readonly file: string; readonly payload: unknown }
  | { readonly kind: "close" };

export type MessageToMain =
  | { readonly kind: "endpoint"; readonly url: string | null }
  | { readonly kind: "block"; readonly block: Block }
  | { readonly kind: "ask"; readonly id: number; readonly request: MainRequest }
  | { readonly kind: "warning"; readonly message: string; readonly code: string }
  | { readonly kind: "failure"; readonly part: string; readonly message: string }
  | { readonly kind: "dropped"; readonly part: string; readonly times: number }
  /** Somebody reads the stream of frames, or nobody does any more. */
  | { readonly kind: "audience"; readonly present: boolean }
  | { readonly kind: "closed" };
