import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as z from 'zod';
import type { CommandContext } from '../command.ts';

/** The part of the JSON Schema that is looked at; the rest is passed on. */
const eventSchemaSchema = z.looseObject({
  /** By type of event. */
  $defs: z.record(z.string(), z.looseObject({})),
  examples: z.array(z.looseObject({})),
});
export type EventSchema = z.infer<typeof eventSchemaSchema>;

/** Asks the bridge's program, which the schema is part of. Nothing has to run. */
export async function readEventSchema({ packageFiles, signal }: CommandContext): Promise<EventSchema> {
  const { stdout } = await promisify(execFile)(process.execPath, [packageFiles.bridgeProgram, 'schema'], {
    signal,
    maxBuffer: 16 * 1024 * 1024,
  });
  return eventSchemaSchema.parse(JSON.parse(stdout));
}
