import * as z from 'zod';
import type { Command } from '../command.ts';
import { CliError } from '../errors.ts';
import { openInstallation } from '../stack/open-installation.ts';

const optionsSchema = z.object({ volumes: z.boolean().default(false) });

const DEFAULT_TIMEOUT_MS = 60_000;

/** `monitor down`: stops everything and keeps the data. */
export const command: Command = {
  name: 'down',
  summary: 'stop; data is kept',
  examples: ['monitor down', 'monitor down --volumes --yes'],
  declare(commander) {
    commander.option('--volumes', 'delete the data too: journal, metrics, logs, traces');
  },
  async run(input, context) {
    const { volumes } = optionsSchema.parse(input.options);
    const opened = await openInstallation(context, {
      // What stops needs none of them.
      onInvalidSettings: ({ message, details }) => context.output.warn([message, ...details].join('\n')),
    });
    if (opened === null) {
      return {
        data: { runtime: null, stopped: [], data: [], deleted: false },
        text: 'Nothing runs: nothing was ever set up here.',
      };
    }
    if (volumes && !(await context.confirm('Delete everything that was recorded?'))) {
      throw new CliError('FAILED', 'Nothing was stopped and nothing deleted');
    }
    const report = await opened.runtime.down({
      deleteData: volumes,
      timeoutMs: context.globals.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    });
    const stopped = report.stopped.length === 0 ? 'Nothing ran.' : `Stopped ${report.stopped.join(', ')}.`;
    const kept = report.deleted
      ? `Deleted: ${report.data.join(', ')}.`
      : `Data is kept in ${report.data.join(', ')}.\n"monitor down --volumes" deletes it.`;
    return {
      data: {
        runtime: opened.runtime.name,
        stopped: report.stopped,
        data: report.data,
        deleted: report.deleted,
      },
      text: `${stopped}\n${kept}`,
    };
  },
};
