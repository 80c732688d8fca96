import * as z from 'zod';
import { connectToBridge } from '../bridge-api/connect.ts';
import { connectToIngest } from '../bridge-api/connect-ingest.ts';
import { sessionSchema } from '../bridge-api/sessions.ts';
import type { Command } from '../command.ts';
import { CliError } from '../errors.ts';
import { postOneEvent } from '../events/post-one-event.ts';
import { readOptions } from '../read-options.ts';

const BEST = 5;
const optionsSchema = z.object({ note: z.string().max(2000).optional() });
const answerSchema = z.object({ session: sessionSchema });

/** `monitor rate`: a person's score of a session. */
export const command: Command = {
  name: 'rate',
  summary: "a person's score of a session, from 1 to 5",
  examples: ['monitor rate 3b9c1f0e 5', 'monitor rate 3b9c1f0e 2 --note "it fixed the wrong test"'],
  declare(commander) {
    commander
      .argument('<session>', 'id of the session, see "monitor session list"')
      .argument('<score>', '1 (bad) to 5 (good)')
      .option('--note <text>', 'why');
  },
  async run({ args: [id = '', score = ''], options }, context) {
    const { note } = readOptions(optionsSchema, options);
    if (!/^[1-5]$/.test(score)) {
      throw new CliError(
        'USAGE',
        `Cannot rate session "${id}": the score is "${score}", wanted 1 to ${BEST}`,
      );
    }
    const bridge = await connectToBridge(context);
    const { session } = await bridge
      .get('Cannot rate it', `/v1/sessions/${encodeURIComponent(id)}`, {}, answerSchema)
      .catch((error: unknown) => {
        if (!(error instanceof CliError) || error.code !== 'NOT_FOUND') throw error;
        const message = `Cannot rate session "${id}": the journal has none of that id`;
        throw new CliError('NOT_FOUND', message, { fix: error.fix, cause: error });
      });
    const payload = {
      score: Number(score),
      scale: BEST,
      feedback_source: 'person',
      ...(note === undefined ? {} : { note }),
    };
    const access = await connectToIngest('Cannot rate it', context);
    await postOneEvent('Cannot rate it', access, {
      type: 'feedback',
      framework: session.framework,
      sessionId: session.session_id,
      payload,
    });
    return {
      data: { session_id: session.session_id, ...payload, note: note ?? null },
      text: `Session ${id}: ${score} of ${BEST}.`,
    };
  },
};
