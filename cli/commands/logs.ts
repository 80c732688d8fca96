import * as z from 'zod';
import type { Command } from '../command.ts';
import { CliError } from '../errors.ts';
import { readOptions } from '../read-options.ts';
import { DURATION_FORM, parseDuration } from '../settings/duration.ts';
import { nearestWord } from '../settings/nearest-word.ts';
import { openInstallation } from '../stack/open-installation.ts';

const optionsSchema = z.object({
  follow: z.boolean().default(false),
  lines: z.coerce.number('a number').int('a whole number').nonnegative('0 or more').default(100),
  since: z.string().optional(),
});

/** `monitor logs`: what the parts have written, merged and prefixed. */
export const command: Command = {
  name: 'logs',
  summary: 'log lines of all parts, or of one',
  examples: ['monitor logs', 'monitor logs loki -n 20', 'monitor logs -f --since 10m'],
  declare(commander) {
    commander
      .argument('[part]', 'one part, as "monitor status" names it')
      .option('-f, --follow', 'go on with what comes')
      .option('-n, --lines <count>', 'how many lines of each part', '100')
      .option('--since <duration>', 'not older than this');
  },
  async run(input, context) {
    const { follow, lines, since } = readOptions(optionsSchema, input.options);
    const age = since === undefined ? null : parseDuration(since);
    if (since !== undefined && age === null) {
      throw new CliError('USAGE', `--since is "${since}", expected ${DURATION_FORM}`);
    }
    const opened = await openInstallation(context);
    if (opened === null) {
      throw new CliError('NOT_RUNNING', 'Cannot read logs: nothing was ever set up here', {
        fix: ['monitor up'],
      });
    }
    const names = opened.runtime.partNames();
    const part = input.args[0] ?? null;
    if (part !== null && !names.includes(part)) {
      const near = nearestWord(part, names);
      const hint = near === undefined ? `expected one of ${names.join(', ')}` : `did you mean "${near}"?`;
      throw new CliError('USAGE', `Cannot read logs of "${part}": there is no such part, ${hint}`);
    }
    const width = Math.max(...names.map((name) => name.length));
    const { colors } = context.output;
    const query = {
      part,
      lines,
      sinceMs: age === null ? null : Date.now() - age.ms,
      follow,
    };
    for await (const line of opened.runtime.logs(query)) {
      const time = line.ts?.slice(11, 23) ?? ' '.repeat(12);
      const prefix = colors.dim(`${time} ${line.part.padEnd(width)} |`);
      context.output.item(line, `${prefix} ${line.text}`);
    }
    context.signal.throwIfAborted();
    return { data: undefined, text: null };
  },
};
