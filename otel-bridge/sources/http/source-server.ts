import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { MonitorError } from '../../domain/error.ts';
import { isWebSocketUpgrade } from '../../websocket/accept-websockets.ts';
import type { HostPolicy } from './host-policy.ts';
import { limitConnections } from './limit-connections.ts';
import { sendProblem, toProblem } from './problem.ts';
import { siteProblem } from './site-problem.ts';

/** Where sources tell what an operator should know. pino fits. */
export interface SourceLog {
  error(fields: object, message: string): void;
}

/** Answers one request. What it throws becomes a problem. */
export type RouteHandler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** What a source server needs. */
export interface SourceServerOptions {
  /** Handlers by path and method, for instance `{'/v1/events': {POST: ...}}`. */
  readonly routes: Readonly<Record<string, Readonly<Record<string, RouteHandler>>>>;
  readonly hosts: HostPolicy;
  readonly log: SourceLog;
  /** Connections at once; beyond it slow and silent ones make room, or new ones are answered 503. @default 1024 */
  readonly maxConnections?: number;
  /** How long a request may take to arrive, ms. @default 60000 */
  readonly requestTimeoutMs?: number;
  /** How long its headers may take, ms. @default 10000 */
  readonly headersTimeoutMs?: number;
  /** How long an idle connection is kept, ms: longer than agents' export intervals. @default 75000 */
  readonly keepAliveTimeoutMs?: number;
}

/** How often node looks for requests that take too long, ms. */
const CHECK_INTERVAL_MS = 1000;
const MAX_HEADER_BYTES = 32 * 1024;
const MAX_HEADERS = 200;

/**
 * An HTTP server for senders. It works with `listen` and with connections that are handed to it
 * (`server.emit('connection', socket)`).
 */
export function createSourceServer(options: SourceServerOptions): Server {
  const server: Server = createServer({
    requestTimeout: options.requestTimeoutMs ?? 60_000,
    headersTimeout: options.headersTimeoutMs ?? 10_000,
    keepAliveTimeout: options.keepAliveTimeoutMs ?? 75_000,
    connectionsCheckingInterval: Math.min(CHECK_INTERVAL_MS, options.requestTimeoutMs ?? CHECK_INTERVAL_MS),
    maxHeaderSize: MAX_HEADER_BYTES,
    noDelay: true,
    shouldUpgradeCallback: (request) => server.listenerCount('upgrade') > 0 && isWebSocketUpgrade(request),
  });
  server.maxHeadersCount = MAX_HEADERS;
  // A client that closes its side after the request still hears the answer; node's types do not know this one.
  Object.assign(server, { httpAllowHalfOpen: true });
  trackConnections(server);
  limitConnections(server, options.maxConnections ?? 1024);
  server.on('request', (request, response) => {
    void answer(options, request, response);
  });
  return server;
}

async function answer(
  { routes, hosts, log }: SourceServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const wrongSite = siteProblem(hosts, request);
    if (wrongSite !== null) throw new SiteError(wrongSite);
    await findRoute(routes, request)(request, response);
  } catch (error) {
    const problem = error instanceof SiteError ? error.problem : toProblem(error);
    if (problem.status === 500)
      log.error({ err: error, method: request.method, path: pathOf(request) }, 'request failed');
    sendProblem(response, problem);
  }
}

/** A request for a name, origin, path or method that is not served. */
class SiteError extends Error {
  readonly problem: Parameters<typeof sendProblem>[1];
  constructor(problem: Parameters<typeof sendProblem>[1]) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** The path alone: what is behind the `?` may be secret. */
function pathOf({ url = '' }: IncomingMessage): string {
  const path = url.split('?', 1)[0] ?? '';
  // An endpoint with a slash at its end gives `//v1/logs` in some clients.
  return path
    .slice(0, 200)
    .replace(/\/{2,}/g, '/')
    .replace(/(.)\/$/, '$1');
}

function findRoute(routes: SourceServerOptions['routes'], request: IncomingMessage): RouteHandler {
  const { method = '', url = '' } = request;
  const path = Object.hasOwn(routes, url) ? url : pathOf(request);
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (route === undefined) {
    throw new MonitorError(
      'not_found',
      `Cannot serve "${path}": expected ${Object.keys(routes).join(', ')} on this port`,
    );
  }
  // Node sends no body in answer to HEAD.
  const handler = route[method === 'HEAD' ? 'GET' : method];
  if (handler !== undefined) return handler;
  const allow = Object.keys(route).join(', ');
  throw new SiteError({
    status: 405,
    code: 'method_not_allowed',
    detail: `Cannot ${method} "${path}": found ${method}, expected ${allow}`,
    headers: { allow },
  });
}

/**
 * node:http enforces its timeouts and finds idle connections only after `listening`, which a server that is fed with
 * connections never sees.
 */
function trackConnections(server: Server): void {
  server.emit('listening');
}
