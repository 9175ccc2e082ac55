import { randomUUID } from "node:crypto";
import Fastify, { type FastifyInstance } from "fastify";
import { answerWithProblems, Problem } from "../service/problem-details.js";
import { JOB_KINDS, type Job } from "./job.js";
import type { JobService } from "./job-service.js";
import { QueueClosed } from "./task-queue.js";

const JOB_SCHEMA = {
  type: "object",
  required: ["kind"],
  additionalProperties: false,
  properties: {
    kind: { type: "string", enum: JOB_KINDS },
    input: {
      type: "object",
      additionalProperties: false,
      properties: {
        limit: { type: "integer", minimum: 1, maximum: 50_000_000 },
        passwords: { type: "integer", minimum: 1, maximum: 64 },
        entries: { type: "integer", minimum: 1, maximum: 10_000_000 },
        delayMs: { type: "integer", minimum: 0, maximum: 60_000 },
        failFirst: { type: "integer", minimum: 0, maximum: 100 },
        key: { type: "string", maxLength: 200 },
      },
    },
  },
} as const;

const KEY_SCHEMA = {
  type: "object",
  properties: { "idempotency-key": { type: "string", minLength: 1, maxLength: 200 } },
} as const;

interface NewJob {
  Body: Pick<Job, "kind"> & { input?: Job["input"] };
  Headers: { "idempotency-key"?: string };
}

/** @param admissionTimeoutMs how long a producer is held back by a full queue before it gets a 503. */
export function createJobRoutes(service: JobService, admissionTimeoutMs: number): FastifyInstance {
  // A member that we do not know is a mistake to be told, not one to be dropped in silence.
  const app = Fastify({ ajv: { customOptions: { removeAdditional: false, coerceTypes: false } } });
  let stopping = false;
  answerWithProblems(app);
  app.addHook("preClose", async () => {
    stopping = true;
    // Before the listener closes: producers held back by the queue must not hold back the end.
    service.stopAccepting();
  });

  app.post<NewJob>("/jobs", { schema: { body: JOB_SCHEMA, headers: KEY_SCHEMA } }, async (request, reply) => {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(queueFull(admissionTimeoutMs)), admissionTimeoutMs);
    reply.raw.once("close", () => patience.abort(producerLeft()));
    const { kind, input = {} } = request.body;
    const id = request.headers["idempotency-key"] ?? randomUUID();
    try {
      const job = await service.submit({ id, kind, input }, patience.signal);
      return reply
        .status(202)
        .header("location", `/jobs/${encodeURIComponent(id)}`)
        .send(job);
    } catch (error) {
      service.figures.recordRejection();
      throw error instanceof QueueClosed ? shuttingDown() : error;
    } finally {
      clearTimeout(timer);
    }
  });

  app.get<{ Params: { id: string } }>("/jobs/:id", async (request) => {
    const job = await service.find(request.params.id);
    if (job === undefined) throw new Problem(404, "Not Found", "There is no such job.");
    return job;
  });

  app.get("/stats", async () => service.report());

  app.get("/healthz", async () => {
    if (stopping) throw shuttingDown();
    return { status: "ok" };
  });
  return app;
}

function queueFull(waitedMs: number): Problem {
  const detail = `The queue was full for ${waitedMs} ms; try again later.`;
  return new Problem(503, "Queue Full", detail, {
    extensions: { retry_after: 1 },
    headers: { "retry-after": "1" },
  });
}

/** Nobody reads it any more: it only keeps the log free of a failure that was none. */
function producerLeft(): Problem {
  return new Problem(499, "Client Closed Request", "The producer hung up while it waited.");
}

function shuttingDown(): Problem {
  return new Problem(503, "Shutting Down", "This service is shutting down; its next life takes the job.", {
    headers: { "retry-after": "1" },
  });
}
