import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { epochMs } from "../../src/clock.js";
import { answerWithProblems, Problem } from "../service/problem-details.js";
import { type TokenClaims, verifyBearerToken } from "./bearer-token.js";
import type { GatewayStore } from "./gateway-store.js";
import type { ProxyHandler } from "./proxy-handler.js";
import { countAgainstLimit, type RateLimitSettings } from "./rate-limit.js";

export interface GatewaySettings {
  readonly store: GatewayStore;
  readonly tokenSecret: string;
  readonly rateLimit: RateLimitSettings;
  readonly proxy: ProxyHandler;
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const;

/** `/api/:service/*` for clients with a token and requests left; `/stats` and `/healthz` for operators. */
export function createGatewayRoutes(settings: GatewaySettings): FastifyInstance {
  const app = Fastify({ exposeHeadRoutes: false });
  const counts = { unauthorized: 0, rateLimited: 0, storeErrors: 0 };
  const subjects = new WeakMap<FastifyRequest, TokenClaims>();
  answerWithProblems(app);

  app.get("/healthz", async () => ({ status: "ok" }));
  app.get("/stats", async () => ({ ...counts, ...settings.proxy.report() }));

  void app.register(async (api) => {
    // Bodies are passed on unread: a gateway that parses what it forwards does the work twice.
    api.removeAllContentTypeParsers();
    api.addContentTypeParser("*", (_request, body, done) => done(null, body));

    api.addHook("onRequest", async (request) => {
      const { authorization } = request.headers;
      const claims = verifyBearerToken(authorization, settings.tokenSecret, epochMs() / 1000);
      if (claims === null) {
        counts.unauthorized += 1;
        throw unauthorized();
      }
      subjects.set(request, claims);
    });

    api.addHook("onRequest", async (request, reply) => {
      const client = subjects.get(request)?.subject ?? request.ip;
      try {
        reply.headers(await countAgainstLimit(settings.store, client, settings.rateLimit));
      } catch (error) {
        if (error instanceof Problem) {
          counts.rateLimited += 1;
          throw error;
        }
        // A store that is down must not take the gateway with it: unlimited for a while is the smaller harm.
        counts.storeErrors += 1;
      }
    });

    api.route<{ Params: { service: string } }>({
      method: [...METHODS],
      url: "/api/:service/*",
      handler: (request, reply): Promise<FastifyReply> =>
        settings.proxy.handle(request, reply, {
          service: request.params.service,
          subject: subjects.get(request)?.subject ?? "",
        }),
    });
  });
  return app;
}

function unauthorized(): Problem {
  return new Problem(401, "Unauthorized", "A valid bearer token is needed.", {
    headers: { "www-authenticate": 'Bearer realm="gateway"' },
  });
}
