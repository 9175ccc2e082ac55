import { logHolds } from "../../service/fault-log.js";
import type { JobKind } from "../job.js";
import { countPrimes } from "./count-primes.js";
import { fetchQuote } from "./fetch-quote.js";
import { hashPasswordsInThreadPool, hashPasswordsInWorker } from "./hash-passwords.js";
import { readInvoices, readInvoicesSync } from "./read-invoices.js";
import { renderDocument, renderDocumentSync } from "./render-document.js";
import { settleLedger, settleLedgerInMicrotasks } from "./settle-ledger.js";
import type { Task } from "./task.js";

/** The work behind each kind of job: mended, or with the one named fault. */
export function taskCatalog(fault: string | null): Readonly<Record<JobKind, Task>> {
  const holding = (task: Task): Task => logHolds({ fault: fault ?? "none", whom: "everyone" }, task);
  return {
    "count-primes": countPrimes,
    "fetch-quote": fetchQuote,
    "hash-passwords": fault === "thread-pool-saturation" ? hashPasswordsInThreadPool : hashPasswordsInWorker,
    "read-invoices": fault === "sync-file-read" ? holding(readInvoicesSync) : readInvoices,
    "render-document": fault === "exec-sync" ? holding(renderDocumentSync) : renderDocument,
    "settle-ledger": fault === "microtask-flood" ? holding(settleLedgerInMicrotasks) : settleLedger,
  };
}
