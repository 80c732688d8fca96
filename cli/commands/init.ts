import { resolve } from 'node:path';
import * as z from 'zod';
import type { Command, CommandContext } from '../command.ts';
import { renderChanges } from '../output/render-changes.ts';
import { findFreePorts } from '../ports/find-free-ports.ts';
import { readOptions } from '../read-options.ts';
import type { SettingsOverrides } from '../settings/load-settings.ts';
import { type PrepareOptions, prepareInstallation } from '../stack/prepare-installation.ts';
import { previewInstallation } from '../stack/preview-installation.ts';

const optionsSchema = z.object({
  force: z.boolean().default(false),
  dir: z.string().min(1).optional(),
  print: z.boolean().default(false),
  ports: z.literal('auto', 'auto; single ports: monitor up --port NAME=N').optional(),
  runtime: z.enum(['docker', 'embedded'], 'docker or embedded').optional(),
});

/** `monitor init`: settings and generated files. Starts nothing. */
export const command: Command = {
  name: 'init',
  summary: 'write settings.yaml and the generated stack; starts nothing',
  examples: ['monitor init', 'monitor init --runtime docker --ports auto', 'monitor init --print'],
  declare(commander) {
    commander
      .option('--force', 'write edited files anew, keeping a backup')
      .option('--dir <folder>', 'folder for the generated files')
      .option('--print', 'print what would be written and write nothing')
      .option('--ports <auto>', 'auto: replace taken ports by free ones, in settings.yaml')
      .option('--runtime <runtime>', 'docker or embedded; changes it where nothing runs');
  },
  async run(input, context) {
    const { force, dir, print, ports, runtime } = readOptions(optionsSchema, input.options);
    const overrides = ports === 'auto' ? await freePorts(context) : {};
    const options: PrepareOptions = {
      runtime: runtime ?? null,
      mayChangeRuntime: true,
      overrides,
      stackDir: dir === undefined ? null : resolve(context.cwd, dir),
      force,
      importHistory: true,
    };
    if (print) {
      const files = await previewInstallation(context, options);
      return {
        data: { files: Object.fromEntries(files) },
        text: [...files].map(([path, text]) => `# ==> ${path}\n${text.trimEnd()}`).join('\n\n'),
      };
    }
    const prepared = await prepareInstallation(context, options);
    const { installation, changes, backupDir } = prepared;
    const kept = changes.filter(({ outcome }) => outcome === 'kept').map(({ path }) => path);
    return {
      data: {
        runtime: installation.runtime,
        reason: installation.reason,
        settings_file: context.paths.settingsFile,
        stack_dir: installation.stack_dir,
        data_dir: context.paths.dataDir,
        ports: prepared.loaded.settings.ports,
        files: changes,
        kept,
        backup_dir: backupDir,
      },
      text: [
        renderChanges(changes, backupDir),
        `runtime ${installation.runtime}: ${installation.reason}`,
        'next: monitor up',
      ].join('\n'),
    };
  },
};

/** The ports that settings name, taken ones replaced. What our own stack has is taken, too: it must not run. */
async function freePorts(context: CommandContext): Promise<SettingsOverrides> {
  const { settings } = await context.loadSettings();
  const chosen = await findFreePorts(settings.ports, settings.listen);
  const moved = Object.entries(chosen).filter(
    ([name, port]) => port !== settings.ports[name as keyof typeof chosen],
  );
  return moved.length === 0 ? {} : { ports: Object.fromEntries(moved) };
}
