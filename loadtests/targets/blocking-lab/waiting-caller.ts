/**
 * A blocking call to the outside, as synchronous clients make it: another thread does the asynchronous work
 * while this one sleeps. Node's network calls have no synchronous form; libraries that offer one do this.
 */

import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { LabResult } from "./lab-ways.js";
import type { OutsideAddresses } from "./outside-services.js";

export type OutsideCall = "callDownstream" | "queryDatabase";

/** What the other thread is given. */
export interface WaitingWorkerData {
  readonly addresses: OutsideAddresses;
  readonly port: import("node:worker_threads").MessagePort;
  /** One number: 0 while the caller sleeps, 1 when its answer is in the port. */
  readonly wake: Int32Array;
}

export type WaitingAnswer = { readonly result: LabResult } | { readonly error: string };

export interface WaitingCaller {
  /** Sleeps until the answer is there: nothing else happens on the calling thread. @throws what the call threw. */
  callAndWait(call: OutsideCall): LabResult;
}

export function openWaitingCaller(addresses: OutsideAddresses): WaitingCaller {
  const wake = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const { port1: ours, port2: theirs } = new MessageChannel();
  const data: WaitingWorkerData = { addresses, port: theirs, wake };
  const worker = new Worker(new URL("waiting-worker.js", import.meta.url), {
    workerData: data,
    transferList: [theirs],
    execArgv: [],
    env: {},
  });
  worker.unref();
  ours.unref();
  return {
    callAndWait: (call) => {
      Atomics.store(wake, 0, 0);
      ours.postMessage(call);
      Atomics.wait(wake, 0, 0);
      const answer = receiveMessageOnPort(ours)?.message as WaitingAnswer;
      if ("error" in answer) throw new Error(answer.error);
      return answer.result;
    },
  };
}
