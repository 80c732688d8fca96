import * as z from 'zod';
import type { Command } from '../command.ts';
import { CliError } from '../errors.ts';
import { readEventSchema } from '../events/read-event-schema.ts';

const exampleSchema = z.looseObject({ event: z.looseObject({ type: z.string() }) });

/** `monitor schema`: what events may look like. */
export const command: Command = {
  name: 'schema',
  summary: 'JSON Schema of all events, with an example of each',
  examples: ['monitor schema > agentmon-event.schema.json', 'monitor schema api.request'],
  declare(commander) {
    commander.argument('[type]', 'one type of event: its payload and an example');
  },
  async run({ args: [type] }, context) {
    const schema = await readEventSchema(context);
    if (type === undefined) return { data: schema, text: JSON.stringify(schema, null, 2) };
    const payload = schema.$defs[type];
    if (payload === undefined) {
      const known = Object.keys(schema.$defs).join(', ');
      throw new CliError('NOT_FOUND', `Cannot show the schema of "${type}": known types are ${known}`);
    }
    const example = schema.examples.find((each) => exampleSchema.parse(each).event.type === type) ?? null;
    const data = { type, payload, example };
    return { data, text: JSON.stringify(data, null, 2) };
  },
};
