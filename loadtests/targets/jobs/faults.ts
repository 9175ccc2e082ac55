import type { TargetFault } from "../service/fault.js";

/** The faults of this service; each stands beside its mend in the file that `what` names. */
export const JOBS_FAULTS = [
  {
    id: "unbounded-queue",
    what: "The queue takes whatever comes (task-queue.ts): waits and memory grow while tasks outrun workers.",
    article:
      "concurrency-notes: every producer-consumer structure needs backpressure, an upper limit of its queue",
    expected: { cause: "unbounded-queue", route: null },
    request: {
      method: "POST",
      path: "/jobs",
      body: '{"kind":"fetch-quote","input":{"delayMs":2000}}',
      perSecond: 20,
    },
  },
  {
    id: "thread-pool-saturation",
    what: "Asynchronous hashing occupies libuv's four threads (tasks/hash-passwords.ts): files and DNS wait.",
    article:
      "concurrency-notes: asynchronous concurrency is not unlimited, hold it with a semaphore or a pool",
    expected: { cause: "threadpool", route: null },
    request: {
      method: "POST",
      path: "/jobs",
      body: '{"kind":"hash-passwords","input":{"passwords":32}}',
      perSecond: 5,
    },
  },
  {
    id: "exec-sync",
    what: "A program is run with execSync (tasks/render-document.ts): the loop stands still until it ends.",
    article: "async-in-practice 6.2: find blocking calls and offload them",
    expected: {
      cause: "child-process",
      function: "renderDocumentSync",
      file: "targets/jobs/tasks/render-document.ts",
      route: null,
    },
    request: { method: "POST", path: "/jobs", body: '{"kind":"render-document"}' },
  },
  {
    id: "sync-file-read",
    what: "A folder of files is read with readFileSync (tasks/read-invoices.ts).",
    article: "async-in-practice 7.2: file I/O, blocking against asynchronous",
    expected: {
      cause: "sync-io",
      function: "readInvoicesSync",
      file: "targets/jobs/tasks/read-invoices.ts",
      route: null,
    },
    request: { method: "POST", path: "/jobs", body: '{"kind":"read-invoices"}' },
  },
  {
    id: "microtask-flood",
    what: "Three million awaits of settled promises (tasks/settle-ledger.ts): the loop never turns.",
    article: "asyncio-internals: the ready queue is emptied before the selector gets its turn",
    expected: {
      cause: "microtasks",
      function: "settleLedgerInMicrotasks",
      file: "targets/jobs/tasks/settle-ledger.ts",
      route: null,
    },
    request: { method: "POST", path: "/jobs", body: '{"kind":"settle-ledger"}' },
  },
] as const satisfies readonly TargetFault[];

export const FAULT_IDS = JOBS_FAULTS.map((fault) => fault.id);
