import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { connectToIngest } from '../bridge-api/connect-ingest.ts';
import type { Command, CommandContext } from '../command.ts';
import { CliError } from '../errors.ts';
import { type EventImport, importEvents } from '../events/import-events.ts';
import { createEventPoster } from '../events/post-events.ts';
import { readEventLines } from '../events/read-event-lines.ts';
import { awaitFigures } from '../history/await-figures.ts';
import { formatCount } from '../output/format-count.ts';

/** How long a bridge that takes nothing is waited for, unless `--timeout` says otherwise. */
const PATIENCE_MS = 60_000;
/** How long to wait for figures that hold what was imported. */
const FIGURES_TIMEOUT_MS = 10_000;
/** Refusals shown below the message; the others are in the JSON document. */
const SHOWN_REFUSALS = 10;
const STDIN = '-';

/** `monitor import events`: takes in events that are in a file, or come from another program. */
export const importEventsCommand: Command = {
  name: 'events',
  summary: 'take in agentmon events from a file or from stdin',
  examples: [
    'monitor import events session.ndjson',
    'monitor import events events.json',
    'curl -s http://other:8081/v1/events | monitor import events -',
  ],
  declare(commander) {
    commander.argument('<file>', 'one JSON object a line, or an array of them; - for stdin');
  },
  async run({ args: [file = STDIN] }, context) {
    const input = await openInput(file, context);
    const access = await connectToIngest('Cannot import', context);
    const post = createEventPoster({
      ...access,
      patienceMs: context.globals.timeoutMs ?? PATIENCE_MS,
      signal: context.signal,
      onWait: (reason) => context.output.live(`waiting for the bridge (${reason})`),
    });
    const result = await importEvents({
      lines: readEventLines(input),
      post,
      onProgress: (soFar) => context.output.live(`taking in ${summary(soFar)}`),
    });
    context.output.live('');
    await awaitFigures(context, FIGURES_TIMEOUT_MS);
    const data = { file: file === STDIN ? null : resolve(context.cwd, file), ...result };
    return { data, text: `Took in ${summary(result)}.`, failure: refusalError(result) };
  },
};

/** @throws CliError NOT_FOUND or FAILED */
async function openInput(file: string, { cwd, stdin }: CommandContext): Promise<AsyncIterable<Uint8Array>> {
  if (file === STDIN) return stdin;
  const path = resolve(cwd, file);
  let isFolder: boolean;
  try {
    isFolder = (await stat(path)).isDirectory();
  } catch (error) {
    throw new CliError('NOT_FOUND', `Cannot import "${path}": there is no such file`, { cause: error });
  }
  if (isFolder) throw new CliError('FAILED', `Cannot import "${path}": found a folder, expected a file`);
  return createReadStream(path);
}

function summary({ events, accepted, duplicates, refused }: EventImport): string {
  const extras = [
    ...(duplicates === 0 ? [] : [`${formatCount(duplicates)} known before`]),
    ...(refused === 0 ? [] : [`${formatCount(refused)} refused`]),
  ];
  const of = accepted === events ? '' : ` of ${formatCount(events)}`;
  return `${formatCount(accepted)}${of} events${extras.length === 0 ? '' : `, ${extras.join(', ')}`}`;
}

function refusalError({ events, refused, refusals }: EventImport): CliError | null {
  if (refused === 0) return null;
  const others = refused === events ? '' : '; the others are in';
  const message = `Cannot take in ${formatCount(refused)} of ${formatCount(events)} events${others}`;
  const details = refusals
    .slice(0, SHOWN_REFUSALS)
    .map(({ line, id, message }) => `${line}: ${id === null ? '' : `event "${id}": `}${message}`);
  return new CliError('FAILED', message, { details });
}
