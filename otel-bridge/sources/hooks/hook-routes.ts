import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { MonitorError } from '../../domain/error.ts';
import type { JsonObject, TokenClaims } from '../../domain/event.ts';
import { assertJsonValues } from '../../domain/value-limit.ts';
import { objectOf } from '../../domain/values.ts';
import { type Admission, createAdmission } from '../admission/admission.ts';
import { parseBatch } from '../envelope/parse-batch.ts';
import { send } from '../http/problem.ts';
import { BODY_LIMIT_BYTES, readBody } from '../http/read-body.ts';
import type { RouteHandler, SourceLog } from '../http/source-server.ts';
import type { Authenticator } from '../tokens/authenticator.ts';
import { describedByHeaders, type HookFiring, readRecord } from './hook-firing.ts';
import type { HookIntake, HookVerdict } from './hook-intake.ts';

/** What the routes of hooks need. */
export interface HookRoutesOptions {
  readonly intake: HookIntake;
  readonly authenticator: Authenticator;
  readonly log: SourceLog;
  /** Shared by all doors. @default one of its own */
  readonly admission?: Admission;
  /** Says whether the agent may go on. @default nothing is ever said */
  readonly verdict?: HookVerdict | undefined;
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
  const { intake, log, verdict, clock = Date.now } = options;
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

  const judge = (firing: HookFiring, waits: boolean): JsonObject | null => {
    try {
      return verdict?.(firing, waits) ?? null;
    } catch (error) {
      // An agent must never stand still because of us.
      log.error({ err: error, framework: firing.framework }, 'no verdict on a hook');
      return null;
    }
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
      // Judged while the disk is busy with it.
      const stored = intake.take([firing]);
      const said = judge(firing, true);
      await stored;
      send(response, 200, 'application/json', Buffer.from(said === null ? '' : JSON.stringify(said)));
    };

  const kept: RouteHandler = async (request, response) => {
    const claims = claimsOf(request);
    using body = await readBody(request, limits);
    const elements = parseBatch(body.bytes, 'lines');
    const firings: HookFiring[] = [];
    const rejected: { index: number; code: string; message: string }[] = [];
    for (const { index, value } of elements) {
      const record = readRecord(value);
      if (record === null) {
        const message = 'found no record of a hook, expected {"hook", "id", "fired", "input"}';
        rejected.push({ index, code: 'no_record', message });
      } else if (!intake.frameworks.includes(record.framework)) {
        const message = `found a hook of an agent that is not known, expected ${intake.frameworks.join(', ')}`;
        rejected.push({ index, code: 'unknown_agent', message });
      } else {
        const { id, firedMs, ...rest } = record;
        firings.push({ ...rest, id: id ?? randomUUID(), firedMs: firedMs ?? clock(), claims });
      }
    }
    const statuses = await intake.take(firings);
    for (const firing of firings) judge(firing, false);
    const count = (wanted: (typeof statuses)[number]): number =>
      statuses.filter((status) => status === wanted).length;
    const result = {
      accepted: count('stored'),
      duplicates: count('duplicate'),
      ignored: count('ignored'),
      rejected,
    };
    send(response, 202, 'application/json', Buffer.from(JSON.stringify(result)));
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
