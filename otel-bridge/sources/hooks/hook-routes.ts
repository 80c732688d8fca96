import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { MonitorError } from '../../domain/error.ts';
import type { JsonObject, TokenClaims } from '../../domain/event.ts';
import { assertJsonValues } from '../../domain/value-limit.ts';
import { objectOf } from '../../domain/values.ts';
import { type Admission, createAdmission } from '../admission/admission.ts';
import { send } from '../http/problem.ts';
import { BODY_LIMIT_BYTES, readBody } from '../http/read-body.ts';
import type { RouteHandler } from '../http/source-server.ts';
import type { Authenticator } from '../tokens/authenticator.ts';
import { describedByHeaders, type HookFiring } from './hook-firing.ts';
import type { HookIntake } from './hook-intake.ts';
import { takeKept } from './take-kept.ts';

/** What the routes of hooks need. */
export interface HookRoutesOptions {
  readonly intake: HookIntake;
  readonly authenticator: Authenticator;
  /** Shared by all doors. @default one of its own */
  readonly admission?: Admission;
  /** Unix ms. @default Date.now */
  readonly clock?: () => number;
  /** @default 20 MiB */
  readonly bodyLimitBytes?: number;
}

/**
 * Where hooks of agents arrive, as routes of the ingest port.
 *
 * - `POST /v1/hooks/<agent>`: what the agent gives to its hook, as it is; the headers `x-agent-monitor-id`, `-fired`,
 *   `-host`, `-project`, `-agent`, `-repository` and `-branch` may say more. Answers 200 once it is on disk: empty, or
 *   with the verdict that the agent waits for.
 * - `POST /v1/hooks`: what the sender kept while nobody answered, a record a line (hook-firing.ts). Answers 202 with what
 *   became of the lines.
 *
 * Paths in what agents say are text: nothing is ever opened by them.
 */
export function hookRoutes(options: HookRoutesOptions): Record<string, { readonly POST: RouteHandler }> {
  const { intake, clock = Date.now } = options;
  const { admission = createAdmission(), bodyLimitBytes: limitBytes = BODY_LIMIT_BYTES } = options;
  const limits = { limitBytes, admission };

  const claimsOf = ({ headers, socket }: IncomingMessage): TokenClaims | undefined => {
    const sender = options.authenticator.authenticate(
      { headers, remoteAddress: socket.remoteAddress },
      'ingest',
    );
    if (!sender.granted) throw new MonitorError('unauthorized', sender.detail);
    return sender.claims;
  };

  const single =
    (framework: string): RouteHandler =>
    async (request, response) => {
      const claims = claimsOf(request);
      using body = await readBody(request, limits);
      const input = parseInput(body.bytes);
      const { id, firedMs, ...described } = describedByHeaders(request.headers);
      const firing: HookFiring = {
        ...described,
        framework,
        input,
        id: id ?? randomUUID(),
        firedMs: firedMs ?? clock(),
        claims,
      };
      const { verdicts } = await intake.take([firing], true);
      const [said = null] = verdicts;
      send(response, 200, 'application/json', said === null ? '' : JSON.stringify(said));
    };

  const kept: RouteHandler = async (request, response) => {
    const claims = claimsOf(request);
    using body = await readBody(request, limits);
    const result = await takeKept(intake, body.bytes, claims);
    send(response, 202, 'application/json', JSON.stringify(result));
  };

  return {
    '/v1/hooks': { POST: kept },
    ...Object.fromEntries(
      intake.frameworks.map((framework) => [`/v1/hooks/${framework}`, { POST: single(framework) }]),
    ),
  };
}

/** @throws MonitorError `invalid` where it is no JSON object, `too_large` where it holds too many values. */
function parseInput(body: Buffer): JsonObject {
  assertJsonValues(body);
  let input: JsonObject | undefined;
  try {
    input = objectOf(JSON.parse(body.toString('utf8')));
  } catch (error) {
    throw new MonitorError('invalid', 'Cannot read the hook: found something that is not JSON', {
      cause: error,
    });
  }
  if (input === undefined) throw new MonitorError('invalid', 'Cannot read the hook: expected a JSON object');
  return input;
}
