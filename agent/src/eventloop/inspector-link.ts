/** How the agent's thread reaches the inspector of another thread. Opened for a block, closed at its end. */
import { Session } from "node:inspector";

/** Gets the value of an expression, as text; null when it has none. */
export type EvaluationDone = (value: string | null) => void;

export interface InspectorLink {
  /** Throws where there is no inspector. */
  open(): void;
  evaluate(expression: string, done: EvaluationDone): void;
  close(): void;
}

export function createMainThreadLink(): InspectorLink {
  let session: Session | undefined;
  return {
    open: () => {
      session = new Session();
      session.connectToMainThread();
    },
    evaluate: (expression, done) => {
      session?.post(
        "Runtime.evaluate",
        { expression, silent: true, returnByValue: true },
        (error, answer) => {
          const value: unknown = answer?.result.value;
          done(error === null && typeof value === "string" ? value : null);
        },
      );
    },
    close: () => {
      session?.disconnect();
      session = undefined;
    },
  };
}

interface WorkerReply {
  readonly id: number;
  readonly result?: { readonly result?: { readonly value?: unknown } };
}

/**
 * Another worker thread is reached through the main thread's inspector, also while the main thread is blocked
 * itself. Node names the thread in its title only: `[worker 3]`.
 *
 * @param threadId `threadId` of the worker.
 */
export function createWorkerThreadLink(threadId: number): InspectorLink {
  let session: Session | undefined;
  let workerSession: string | undefined;
  let nextId = 1;
  const waiting = new Map<number, EvaluationDone>();
  const unsent: string[] = [];

  function send(message: string): void {
    if (workerSession === undefined) unsent.push(message);
    else session?.post("NodeWorker.sendMessageToWorker", { sessionId: workerSession, message });
  }

  return {
    open: () => {
      session = new Session();
      session.connectToMainThread();
      session.on("NodeWorker.attachedToWorker", ({ params }) => {
        if (!params.workerInfo.title.startsWith(`[worker ${threadId}]`)) return;
        workerSession = params.sessionId;
        for (const message of unsent.splice(0)) send(message);
      });
      session.on("NodeWorker.receivedMessageFromWorker", ({ params }) => {
        const reply = JSON.parse(params.message) as WorkerReply;
        const value = reply.result?.result?.value;
        waiting.get(reply.id)?.(typeof value === "string" ? value : null);
        waiting.delete(reply.id);
      });
      session.post("NodeWorker.enable", { waitForDebuggerOnStart: false });
    },
    evaluate: (expression, done) => {
      const id = nextId++;
      waiting.set(id, done);
      const params = { expression, silent: true, returnByValue: true };
      send(JSON.stringify({ id, method: "Runtime.evaluate", params }));
    },
    close: () => {
      session?.disconnect();
      session = undefined;
      workerSession = undefined;
      waiting.clear();
      unsent.length = 0;
    },
  };
}
