import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import type { DeadLetter } from '../../domain/journal.ts';
import { isoTime } from '../json/time.ts';
import type { RouteContext } from '../options.ts';
import { limitParameter, parameter, readParameters } from '../parameters.ts';

const MAX_LETTERS = 1_000;
/** How much of a record is shown. */
const PREVIEW_LENGTH = 2_000;

/** What a store refused for good: which records, and a second chance for them. */
export function registerDeadLetterRoutes(
  app: FastifyInstance,
  { operations, readModel }: RouteContext,
): void {
  app.get('/v1/dead-letters', async (request) => {
    const { limit } = readParameters({ limit: limitParameter(100, MAX_LETTERS) }, request.query);
    const letters = await operations.listDeadLetters(limit);
    const { deadLetters, deadLettersGivenUp } = readModel.load();
    return { dead_letters: letters.map(letterJson), total: deadLetters, given_up: deadLettersGivenUp };
  });

  app.post('/v1/dead-letters/retry', async (request) => {
    const { ids } = readParameters(
      {
        ids: parameter(z.array(z.number().int()).max(MAX_LETTERS), 'a list of ids').optional(),
      },
      request.body,
    );
    return { results: await operations.retryDeadLetters(ids ?? null) };
  });
}

function letterJson({ id, target, lane, reason, failedMs, record }: DeadLetter) {
  const isText = !lane.startsWith('raw/');
  return {
    id,
    target,
    lane,
    reason,
    failed_at: isoTime(failedMs),
    size_bytes: isText ? Buffer.byteLength(record) : Buffer.byteLength(record, 'base64'),
    /** The record's beginning; null for an agent's own request, which is not text. */
    record: isText ? record.slice(0, PREVIEW_LENGTH) : null,
  };
}
