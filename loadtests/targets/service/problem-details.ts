/** Errors as problem details (RFC 9457): every failure of a service answers in one shape, and tells no secrets. */

import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

const PROBLEM_MEDIA_TYPE = "application/problem+json; charset=utf-8";

/** One thing that is wrong with a request's content. */
export interface InvalidField {
  /** Position in a batch, from 0; left out when the request is a single item. */
  readonly row?: number;
  readonly field: string;
  readonly message: string;
}

/** A failure whose cause the client may know. Throw it anywhere below a handler. */
export class Problem extends Error {
  /** HTTP status, 400 to 599. */
  readonly statusCode: number;
  readonly detail: string;
  /** Members beyond RFC 9457's own, such as `errors` or `retry_after`. */
  readonly extensions: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    statusCode: number,
    title: string,
    detail: string,
    more: {
      readonly extensions?: Readonly<Record<string, unknown>>;
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(title);
    this.statusCode = statusCode;
    this.detail = detail;
    this.extensions = more.extensions ?? {};
    this.headers = more.headers ?? {};
  }
}

/** 422: the request is well formed and its content is not. Names every bad row and field. */
export function invalidContent(detail: string, errors: readonly InvalidField[]): Problem {
  return new Problem(422, "Unprocessable Content", detail, { extensions: { errors } });
}

/**
 * Makes `app` answer every error and unknown path as a problem.
 * @param translate turns errors of the service's own parts (a database, say) into problems; undefined: not
 *   known here, which ends as a 500 that keeps its cause to the log.
 */
export function answerWithProblems(
  app: FastifyInstance,
  translate: (error: FastifyError) => Problem | undefined = () => undefined,
): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = error instanceof Problem ? error : (translate(error) ?? problemOfFramework(error));
    if (problem.statusCode === 500) logFailure(error, request);
    return sendProblem(problem, request, reply);
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      new Problem(404, "Not Found", `There is no ${request.method} ${request.url}.`),
      request,
      reply,
    ),
  );
}

function sendProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply
    .status(problem.statusCode)
    .headers(problem.headers)
    .type(PROBLEM_MEDIA_TYPE)
    .send(
      JSON.stringify({
        type: "about:blank",
        title: problem.message,
        status: problem.statusCode,
        detail: problem.detail,
        instance: request.url,
        ...problem.extensions,
      }),
    );
}

/** Fastify's own errors: its timeout is ours to name, its 4xx texts are meant for clients, the rest is not. */
function problemOfFramework(error: FastifyError): Problem {
  if (error.code === "FST_ERR_HANDLER_TIMEOUT") {
    return new Problem(408, "Request Timeout", "The request took longer than this service allows.");
  }
  if (error.validation !== undefined) {
    const errors = error.validation.map(({ instancePath, params, message }) => ({
      field: instancePath.slice(1) || String(params.missingProperty ?? error.validationContext ?? "body"),
      message: message ?? "is invalid",
    }));
    return invalidContent(error.message, errors);
  }
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500) return new Problem(status, titleOfStatus(status), error.message);
  return new Problem(500, "Internal Server Error", "The service failed; its log has the reason.");
}

function titleOfStatus(status: number): string {
  return { 400: "Bad Request", 413: "Content Too Large", 415: "Unsupported Media Type" }[status] ?? "Error";
}

function logFailure(error: Error, request: FastifyRequest): void {
  console.error(`${request.method} ${request.url} failed: ${error.stack ?? error.message}`);
}
