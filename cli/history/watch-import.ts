import { setTimeout as sleep } from 'node:timers/promises';
import { connectToBridge } from '../bridge-api/connect.ts';
import { type ImportStatus, serviceStatusSchema } from '../bridge-api/service-status.ts';
import type { CommandContext } from '../command.ts';
import { formatCount } from '../output/format-count.ts';
import { renderImportProgress } from './import-progress.ts';

/** How often the bridge is asked. */
const POLL_MS = 200;

/** Options of `watchImport`. */
export interface WatchImportOptions {
  /** When to stop watching; the import goes on. */
  readonly maxWaitMs: number;
}

/**
 * Watches the bridge take in transcripts, newest first, with a progress line on a terminal, until all are in or the time
 * is up.
 * @returns how far it came; null where nothing is taken in
 * @throws CliError as `connectToBridge` does
 */
export async function watchImport(
  context: CommandContext,
  { maxWaitMs }: WatchImportOptions,
): Promise<ImportStatus | null> {
  const bridge = await connectToBridge(context);
  const deadlineMs = performance.now() + maxWaitMs;
  try {
    for (;;) {
      const status = await bridge.get('Cannot read the history', '/v1/status', {}, serviceStatusSchema);
      const progress = status.import;
      if (progress === null || progress.state === 'off') return null;
      const isRead = progress.state === 'done' || progress.state === 'failed';
      // Figures are asked for next, and must be those of everything that was read.
      if (isRead && status.journal.unprojected_events === 0) return progress;
      if (performance.now() >= deadlineMs) return progress;
      context.output.live(`taking in ${renderImportProgress(progress)}`);
      await sleep(POLL_MS, undefined, { signal: context.signal });
    }
  } finally {
    context.output.live('');
  }
}

/** What the history line of a summary says. */
export function renderHistory(progress: ImportStatus | null): string {
  if (progress === null) return 'transcripts are not taken in';
  switch (progress.state) {
    case 'done':
      if (progress.files_total === 0) return 'no transcripts yet; new ones are taken in as they are written';
      if (progress.events === 0)
        return `${formatCount(progress.files_total)} transcripts, nothing new in them`;
      return renderImportProgress(progress);
    case 'failed':
      return `stopped after ${renderImportProgress(progress)}: see monitor logs host`;
    default:
      return `${renderImportProgress(progress)}; it goes on in the background`;
  }
}
