import * as z from 'zod';
import { MonitorError } from '../../domain/error.ts';
import type { AgentEvent } from '../../domain/event.ts';
import type { Journal } from '../../domain/journal.ts';
import { type SampleRound, sampleRoundSchema } from '../../domain/sample.ts';
import { assertJsonValues } from '../../domain/value-limit.ts';
import type { Admission } from '../admission/admission.ts';
import { send } from '../http/problem.ts';
import { BODY_LIMIT_BYTES, readBody } from '../http/read-body.ts';
import type { RouteHandler } from '../http/source-server.ts';
import type { Authenticator } from '../tokens/authenticator.ts';
import { changesOf } from './changes-of.ts';

/** What the route needs. */
export interface SampleRoutesOptions {
  readonly journal: Pick<Journal, 'append' | 'putSamples'>;
  readonly authenticator: Authenticator;
  /** What is known of a sampler's things before this round. */
  readonly before: (sampler: string) => readonly SampleRound['things'][number][] | null;
  /** Takes out of an event what must not be kept. */
  readonly redact: (event: AgentEvent) => AgentEvent;
  readonly admission: Admission;
}

/**
 * `POST /v1/samples`: one round of a sampler (domain/sample.ts). The newest state of what it looked at takes the place of
 * the one before; only what changed becomes events. Answers 202 once it is on disk.
 */
export function sampleRoutes(options: SampleRoutesOptions): Record<string, { readonly POST: RouteHandler }> {
  const { journal, authenticator, before, redact, admission } = options;
  return {
    '/v1/samples': {
      async POST(request, response) {
        const { headers, socket } = request;
        const sender = authenticator.authenticate({ headers, remoteAddress: socket.remoteAddress }, 'ingest');
        if (!sender.granted) throw new MonitorError('unauthorized', sender.detail);
        using body = await readBody(request, { limitBytes: BODY_LIMIT_BYTES, admission });
        const round = withClaims(decode(body.bytes), sender.claims);
        await takeRound({ journal, before, redact }, round);
        const answer = JSON.stringify({ accepted: round.things.length });
        send(response, 202, 'application/json', answer);
      },
    },
  };
}

/** Stores a round, and what changed since the one before as events. Resolves after the commit. */
export async function takeRound(
  { journal, before, redact }: Pick<SampleRoutesOptions, 'journal' | 'before' | 'redact'>,
  round: SampleRound,
): Promise<void> {
  const known = before(round.sampler);
  await journal.putSamples(round);
  const events = changesOf(round, known).map(redact);
  if (events.length > 0) await journal.append({ events });
}

/** @throws MonitorError `invalid` that names what is wrong */
function decode(body: Buffer): SampleRound {
  assertJsonValues(body);
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new MonitorError('invalid', 'Cannot read samples: found something that is not JSON', {
      cause: error,
    });
  }
  const result = sampleRoundSchema.safeParse(value);
  if (result.success) return result.data;
  throw new MonitorError('invalid', `Cannot read samples: ${z.prettifyError(result.error).slice(0, 1000)}`);
}

/** A token that fixes project or agent fixes those of all that it sends. */
function withClaims(
  round: SampleRound,
  claims: { project?: string | undefined; agent?: string | undefined } | undefined,
): SampleRound {
  if (claims?.project === undefined && claims?.agent === undefined) return round;
  return {
    ...round,
    things: round.things.map((thing) => ({
      ...thing,
      project: claims.project ?? thing.project,
      agent: claims.agent ?? thing.agent,
    })),
  };
}
