import { createServer, type Server } from 'node:http';
import Fastify, { type FastifyInstance } from 'fastify';
import { isWebSocketUpgrade } from '../websocket/accept-websockets.ts';
import { registerAccess } from './access.ts';
import { serveLiveFeed } from './live/live-feed.ts';
import type { QueryServerOptions, RouteContext } from './options.ts';
import { makeProblem, toProblem } from './problem.ts';
import { registerDeadLetterRoutes } from './routes/dead-letters.ts';
import { registerEventRoutes } from './routes/events.ts';
import { registerGuardrailRoutes } from './routes/guardrails.ts';
import { registerPageRoutes } from './routes/page.ts';
import { registerPruneRoutes } from './routes/prune.ts';
import { registerRebuildRoutes } from './routes/rebuild.ts';
import { registerSessionRoutes } from './routes/sessions.ts';
import { registerStatsRoutes } from './routes/stats.ts';
import { registerStatusRoutes } from './routes/status.ts';
import { registerUsageRoutes } from './routes/usage.ts';
import { registerVmRoutes } from './routes/vms.ts';

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;

/** Nothing from elsewhere, nothing inline, in no frame of another site. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The query API and the page. It listens nowhere: hand it connections with `server.emit('connection', socket)`. */
export interface QueryServer extends AsyncDisposable {
  readonly server: Server;
}

/** Builds the server; it answers when this resolves. Disposing it ends its connections; the read model stays open. */
export async function createQueryServer(options: QueryServerOptions): Promise<QueryServer> {
  const context: RouteContext = { clock: Date.now, ...options };
  let created: Server | undefined;
  const app: FastifyInstance = Fastify({
    serverFactory: (handler) => {
      const timeouts = { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS };
      created = createServer(
        { ...timeouts, shouldUpgradeCallback: isWebSocketUpgrade },
        (request, response) => handler(request, response),
      );
      return created;
    },
    logger: false,
    routerOptions: { maxParamLength: 1024 },
    exposeHeadRoutes: true,
  });
  app.addHook('onSend', async (_request, reply) => {
    reply.headers({
      'cache-control': 'no-store',
      'content-security-policy': CONTENT_SECURITY_POLICY,
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
  });
  app.addHook('preSerialization', async (_request, reply, payload) => {
    if (reply.statusCode >= 400) reply.type('application/problem+json');
    return payload;
  });
  app.setErrorHandler((error, request, reply) => {
    const problem = toProblem(error);
    if (problem.status >= 500) {
      context.log.error({ err: error, url: request.url }, 'Cannot answer a query');
    }
    return reply.code(problem.status).send(problem);
  });
  app.setNotFoundHandler((request, reply) => {
    const detail = `Cannot ${request.method} "${request.url}": there is no such route`;
    return reply.code(404).send(makeProblem(404, 'not_found', detail));
  });

  registerAccess(app, context.access);
  registerEventRoutes(app, context);
  registerSessionRoutes(app, context);
  registerStatsRoutes(app, context);
  registerUsageRoutes(app, context);
  registerStatusRoutes(app, context);
  registerDeadLetterRoutes(app, context);
  registerPruneRoutes(app, context);
  registerRebuildRoutes(app, context);
  registerGuardrailRoutes(app, context);
  registerVmRoutes(app, context);
  registerPageRoutes(app, context);

  await app.ready();
  const server = created ?? app.server;
  // Node watches connections (timeouts, closing them) from this event on, which would come with a port of its own.
  server.emit('listening');
  const feed = serveLiveFeed(server, { ...context, historyAfterMs: context.config.facts.history_after_ms });
  return {
    server,
    [Symbol.asyncDispose]: async () => {
      feed[Symbol.dispose]();
      server.closeAllConnections();
      await app.close();
    },
  };
}
