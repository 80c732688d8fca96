import { readServiceStatus } from '../bridge-api/read-service-status.ts';
import type { CommandContext } from '../command.ts';
import { CliError } from '../errors.ts';
import { openInstallation } from '../stack/open-installation.ts';
import type { Patient } from './check.ts';

/** Opens what checks ask; nothing is asked yet. */
export function createPatient(context: CommandContext): Patient {
  const once = <T>(ask: () => Promise<T>): (() => Promise<T>) => {
    let answer: Promise<T> | undefined;
    return () => {
      answer ??= ask();
      return answer;
    };
  };
  return {
    context,
    settings: once(async () => (await context.loadSettings()).settings),
    installation: once(() => openInstallation(context)),
    status: once(async () => {
      const { settings } = await context.loadSettings();
      const answer = await readServiceStatus({ paths: context.paths, settings });
      if (answer.status === 'refused') {
        throw new CliError('FAILED', `Cannot read the status: ${answer.reason}`, {
          fix: ['monitor logs bridge'],
        });
      }
      return answer.status === 'ok' ? answer.value : null;
    }),
  };
}
