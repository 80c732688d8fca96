import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import type { QueryAccess } from './options.ts';
import { renderSignIn } from './page/sign-in.ts';
import { parameter, readParameters } from './parameters.ts';
import { makeProblem, type Problem } from './problem.ts';

const COOKIE = 'agent_monitor_token';
/** For clients that cannot set `Authorization`. */
const TOKEN_HEADER = 'x-agent-monitor-token';
/** Who changes something says so: no form or image of a web page can send a header of its own. */
const COMMAND_HEADER = 'x-agent-monitor-cli';
const COOKIE_MAX_AGE_S = 30 * 86_400;
/** Answered without a token. */
const OPEN_PATHS = new Set(['/healthz', '/login', '/page.css']);

const UNAUTHORIZED = makeProblem(
  401,
  'unauthorized',
  'Cannot read without a token: send "Authorization: Bearer <token>" with a token that may query. "monitor open ui" gives a link that carries one',
);

/** Why a request is not answered: its Host, its Origin, a change that no command asks for, or its token; null = it is. */
export async function refusalOf(request: IncomingMessage, access: QueryAccess): Promise<Problem | null> {
  const { host, origin } = request.headers;
  if (!access.isKnownHost(host)) {
    const detail = `Cannot answer host "${host ?? ''}": it is none of the names of this bridge. Use localhost, or add the name to "listen" in settings.yaml`;
    return makeProblem(421, 'unknown_host', detail);
  }
  if (origin !== undefined && !access.isKnownOrigin(origin, host)) {
    const detail = `Cannot answer origin "${origin}": pages of other sites may not read`;
    return makeProblem(403, 'foreign_origin', detail);
  }
  const isQuestion = request.method === 'GET' || request.method === 'HEAD';
  if (!isQuestion && request.headers[COMMAND_HEADER] !== '1') {
    const detail = `Cannot ${request.method} without the header "${COMMAND_HEADER}: 1": the monitor command makes changes, pages do not`;
    return makeProblem(403, 'not_the_command', detail);
  }
  const path = request.url?.split('?', 1)[0] ?? '';
  if (OPEN_PATHS.has(path) || (await access.mayRead(request, tokenOf(request)))) return null;
  return UNAUTHORIZED;
}

/** Checks Host, Origin and token of every request, and answers `GET /login`, which turns a token into a cookie. */
export function registerAccess(app: FastifyInstance, access: QueryAccess): void {
  app.addHook('onRequest', async (request, reply) => {
    const refusal = await refusalOf(request.raw, access);
    if (refusal !== null) return refuse(request, reply, refusal);
  });

  app.get('/login', async (request, reply) => {
    const { token, next } = readParameters(
      {
        token: parameter(z.string().min(1).max(4096), 'a token, as "monitor open" gives it'),
        next: parameter(z.string().regex(/^\/(?![/\\])/), 'a path of this page').optional(),
      },
      request.query,
    );
    if (!(await access.mayRead(request.raw, token))) return refuse(request, reply, UNAUTHORIZED);
    const attributes = `Path=/; Max-Age=${COOKIE_MAX_AGE_S}; HttpOnly; SameSite=Strict`;
    reply.header('set-cookie', `${COOKIE}=${encodeURIComponent(token)}; ${attributes}`);
    return reply.redirect(next ?? '/', 303);
  });
}

/** The token of a request: `x-agent-monitor-token`, `Authorization: Bearer`, or the cookie that `/login` set. */
function tokenOf({ headers }: IncomingMessage): string | null {
  const own = headers[TOKEN_HEADER];
  if (typeof own === 'string' && own !== '') return own;
  const [, bearer] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  if (bearer !== undefined) return bearer;
  for (const pair of (headers.cookie ?? '').split(';')) {
    const [name, value] = pair.trim().split('=', 2);
    if (name === COOKIE && value !== undefined) return decodeCookie(value);
  }
  return null;
}

function decodeCookie(value: string): string | null {
  try {
    return decodeURIComponent(value);
  } catch {
    // Not a cookie of ours: the same as none.
    return null;
  }
}

function refuse(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  reply.code(problem.status);
  if (problem.status !== 401) return reply.send(problem);
  reply.header('www-authenticate', 'Bearer realm="agent-monitor"');
  if ((request.headers.accept ?? '').includes('text/html')) {
    return reply.type('text/html; charset=utf-8').send(renderSignIn());
  }
  return reply.send(problem);
}
