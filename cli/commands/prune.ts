import * as z from 'zod';
import { connectToBridge } from '../bridge-api/connect.ts';
import { localAddress } from '../bridge-api/local-address.ts';
import type { Command, CommandContext } from '../command.ts';
import { CliError } from '../errors.ts';
import { formatCount } from '../output/format-count.ts';
import { readOptions } from '../read-options.ts';
import { DURATION_FORM, parseDuration } from '../settings/duration.ts';
import { readInstallation } from '../stack/installation.ts';
import { forgetInLoki } from '../stores/forget-in-loki.ts';

const LOKI_TIMEOUT_MS = 10_000;
const DAY_MS = 86_400_000;

const optionsSchema = z.object({
  olderThan: z.string().optional(),
  session: z.string().min(1).optional(),
  dryRun: z.boolean().default(false),
});

/** Answer of `POST /v1/prune`. */
const prunedSchema = z.object({
  dry_run: z.boolean(),
  events: z.number().int().nonnegative(),
  facts: z.number().int().nonnegative(),
  /** Records that waited to leave, and dead letters. */
  records: z.number().int().nonnegative(),
  session_started_at: z.string().nullable(),
});

/** What became of the session in one place. */
interface StoreReport {
  readonly store: string;
  /** `deleted`, `asked` (it will be), `kept` (it cannot be) or `failed`. */
  readonly state: 'deleted' | 'asked' | 'kept' | 'failed';
  readonly note: string;
}

/** `monitor prune`: forgets. */
export const command: Command = {
  name: 'prune',
  summary: 'forget a session, or events that are older than some time',
  examples: [
    'monitor prune --session 85e74e64-4321-48ca-bb74-ce4accbe6828',
    'monitor prune --older-than 30d --dry-run',
  ],
  declare(commander) {
    commander
      .option('--session <id>', 'everything that is known of one session')
      .option('--older-than <age>', `${DURATION_FORM}; sums and counters stay`)
      .option('--dry-run', 'only say what would be deleted');
  },
  async run({ options }, context) {
    const { session, olderThan, dryRun } = readOptions(optionsSchema, options);
    if ((session === undefined) === (olderThan === undefined)) {
      throw new CliError('USAGE', 'Cannot prune: wanted either --session or --older-than', {
        fix: ['monitor prune --help'],
      });
    }
    const body = session === undefined ? { before: before(olderThan ?? '') } : { session_id: session };
    const bridge = await connectToBridge(context);
    if (!dryRun) {
      const what = session === undefined ? `events older than ${olderThan}` : `all of session "${session}"`;
      const isWanted = await context.confirm(`Delete ${what} for good?`);
      if (!isWanted) throw new CliError('FAILED', 'Nothing was deleted');
    }
    const { session_started_at: startedAt, ...pruned } = await bridge.post(
      'Cannot prune',
      '/v1/prune',
      { ...body, dry_run: dryRun },
      prunedSchema,
    );
    const stores = session === undefined || dryRun ? [] : await forgetElsewhere(context, session, startedAt);
    const isEmpty = pruned.events + pruned.facts + pruned.records === 0 && startedAt === null;
    // Stores are asked all the same: the journal may have forgotten it before they could.
    if (session !== undefined && isEmpty && !stores.some(({ state }) => state === 'asked')) {
      throw new CliError('NOT_FOUND', `Cannot prune session "${session}": the journal does not know it`, {
        fix: ['monitor session list'],
      });
    }
    const failed = stores.filter(({ state }) => state === 'failed');
    const lines = [
      `${dryRun ? 'Would delete' : 'Deleted'} ${formatCount(pruned.events)} events, ${formatCount(pruned.facts)} facts and ${formatCount(pruned.records)} records on their way.`,
      ...stores.map(({ store, note }) => `${store}: ${note}`),
    ];
    const data = { ...pruned, stores };
    return {
      data,
      text: lines.join('\n'),
      failure:
        failed.length === 0
          ? null
          : new CliError(
              'FAILED',
              `Cannot forget session "${session}" in ${failed.map(({ store }) => store).join(', ')}`,
              {
                fix: [`monitor prune --session ${session}`],
                data,
              },
            ),
    };
  },
};

function before(olderThan: string): string {
  const age = parseDuration(olderThan);
  if (age === null) {
    throw new CliError('USAGE', `Cannot read --older-than "${olderThan}": wanted ${DURATION_FORM}`);
  }
  return new Date(Date.now() - age.ms).toISOString();
}

/** Has the stores forget a session, as far as they can, and says what they cannot. */
async function forgetElsewhere(
  context: CommandContext,
  sessionId: string,
  startedAt: string | null,
): Promise<readonly StoreReport[]> {
  const { settings } = await context.loadSettings();
  const reports: StoreReport[] = Object.keys(settings.targets).map((target) => ({
    store: target,
    state: 'kept',
    note: 'what was sent there stays there; delete it with its own means',
  }));
  if ((await readInstallation(context.paths))?.runtime !== 'docker') return reports;
  const outcome = await forgetInLoki({
    baseUrl: `http://${localAddress(settings.listen[0])}:${settings.ports.loki}`,
    sessionId,
    sinceMs: startedAt === null ? Date.now() - settings.retention.logs.ms : Date.parse(startedAt) - DAY_MS,
    timeoutMs: LOKI_TIMEOUT_MS,
  });
  reports.push(
    outcome.done
      ? { store: 'loki', state: 'asked', note: 'its entries disappear within some minutes' }
      : { store: 'loki', state: 'failed', note: outcome.reason },
  );
  if (settings.parts.jaeger) {
    const note = `it cannot delete single traces: they stay until they are ${settings.retention.traces.text} old`;
    reports.push({ store: 'jaeger', state: 'kept', note });
  }
  const note = `counters hold no session; the id stays in labels of agent_session_info and of the agents' own metrics until they are ${settings.retention.metrics.text} old`;
  reports.push({ store: 'prometheus', state: 'kept', note });
  return reports;
}
