import * as z from 'zod';
import type { Command, CommandContext } from '../command.ts';
import { type Check, type Finding, type Patient, skipped } from '../doctor/check.ts';
import { CHECKS } from '../doctor/checks.ts';
import { createPatient } from '../doctor/create-patient.ts';
import { findingOf } from '../doctor/installation-checks.ts';
import { CliError } from '../errors.ts';
import type { Colors } from '../output/colors.ts';
import { readOptions } from '../read-options.ts';
import { isBranch, type RawValue } from '../settings/layer.ts';
import { writeFileAtomic } from '../stack/write-file-atomic.ts';

const optionsSchema = z.object({
  only: z.string().optional(),
  fix: z.boolean().default(false),
  bundle: z.string().min(1).optional(),
});

/** What one check found, as it is told. */
interface Report extends Finding {
  readonly id: string;
  /** What `--fix` did; null where it did nothing. */
  readonly repaired: string | null;
}

/** `monitor doctor`: looks at everything that may be wrong. */
export const command: Command = {
  name: 'doctor',
  summary: 'look for what is wrong, and say what remedies it',
  examples: [
    'monitor doctor',
    'monitor doctor --only ports',
    'monitor doctor --fix',
    'monitor doctor --bundle report.json',
  ],
  declare(commander) {
    commander
      .option('--only <id>', `one check: ${CHECKS.map(({ id }) => id).join(', ')}`)
      .option('--fix', 'put right what can be put right safely')
      .option(
        '--bundle <file>',
        'write everything to a file that can be shown to others; it holds no secrets',
      );
  },
  async run({ options }, context) {
    const { only, fix, bundle } = readOptions(optionsSchema, options);
    const checks = CHECKS.filter(({ id }) => only === undefined || id === only);
    if (checks.length === 0) {
      const known = CHECKS.map(({ id }) => id).join(', ');
      throw new CliError('USAGE', `Cannot check "${only}": known checks are ${known}`);
    }
    const patient = createPatient(context);
    const reports: Report[] = [];
    for (const check of checks) reports.push(await examine(check, patient, fix));
    const data = { checks: reports };
    if (bundle !== undefined) await writeBundle(bundle, data, context);
    const ill = reports.filter(({ state }) => state === 'failed');
    return {
      data,
      text: reports.map((report) => render(report, context.output.colors)).join('\n'),
      failure:
        ill.length === 0
          ? null
          : new CliError('FAILED', `Not everything is well: ${ill.map(({ id }) => id).join(', ')}`, {
              fix: [...new Set(ill.flatMap((report) => report.fix))],
              data,
            }),
    };
  },
};

async function examine(check: Check, patient: Patient, wantsFix: boolean): Promise<Report> {
  const look = async (): Promise<Finding> => {
    try {
      return await check.run(patient);
    } catch (error) {
      const isBlind = check.id !== 'settings' && (await cannotReadSettings(patient));
      return isBlind ? skipped('the settings are not valid') : findingOf(error);
    }
  };
  const finding = await look();
  if (!wantsFix || check.repair === undefined || finding.state === 'ok') {
    return { id: check.id, ...finding, repaired: null };
  }
  const repaired = await check.repair(patient);
  return { id: check.id, ...(await look()), repaired };
}

async function cannotReadSettings(patient: Patient): Promise<boolean> {
  return patient.settings().then(
    () => false,
    (error: unknown) => error instanceof CliError,
  );
}

const MARKS = { ok: 'ok', warning: 'warning', failed: 'FAILED', skipped: 'skipped' } as const;

function render({ id, state, found, fix, repaired }: Report, colors: Colors): string {
  const paint = { ok: colors.green, warning: colors.yellow, failed: colors.red, skipped: colors.dim }[state];
  const lines = [`${paint(MARKS[state].padEnd(8))} ${id.padEnd(13)} ${found}`];
  if (repaired !== null) lines.push(`${' '.repeat(23)}done: ${repaired}`);
  return [...lines, ...fix.map((line) => `${' '.repeat(23)}fix: ${line}`)].join('\n');
}

/** Everything that helps somebody else to see what is wrong. Values under names that may hold secrets stay out. */
async function writeBundle(file: string, data: object, context: CommandContext): Promise<void> {
  const settings = await context.loadSettings().then(
    ({ raw }) => withoutSecrets(raw),
    (error: unknown) => (error instanceof CliError ? error.message : Promise.reject(error)),
  );
  const bundle = {
    at: new Date().toISOString(),
    version: context.version,
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    settings,
    ...data,
  };
  await writeFileAtomic(file, `${JSON.stringify(bundle, null, 2)}\n`, 0o600);
  context.output.info(`wrote "${file}"`);
}

function withoutSecrets(value: RawValue, key = ''): RawValue {
  if (isBranch(value)) {
    const hidden = key === 'headers' || key === 'notify';
    return Object.fromEntries(
      Object.entries(value).map(([name, below]) => [
        name,
        hidden ? '(left out)' : withoutSecrets(below, name),
      ]),
    );
  }
  return key === 'notify' ? '(left out)' : value;
}
