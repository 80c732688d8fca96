import * as z from 'zod';
import type { ImportStatus } from '../bridge-api/service-status.ts';
import { formatCount } from '../output/format-count.ts';
import { formatDay } from '../output/format-time.ts';

/** One line of progress of the host part, `bridge.mjs host --once`. */
export const importProgressSchema = z.object({
  state: z.string(),
  files_total: z.number().int().nonnegative(),
  files_done: z.number().int().nonnegative(),
  events: z.number().int().nonnegative(),
  sessions: z.number().int().nonnegative(),
  /** Time of the oldest and newest event; null before the first. */
  oldest: z.string().nullable(),
  newest: z.string().nullable(),
});
export type ImportProgress = z.infer<typeof importProgressSchema>;

/** How far reading transcripts came, in one line. */
export function renderImportProgress(progress: ImportProgress | ImportStatus): string {
  const { files_done: done, files_total: total, sessions, events, oldest, newest } = progress;
  const range = oldest === null || newest === null ? '' : `, ${formatDay(oldest)} to ${formatDay(newest)}`;
  return (
    `${formatCount(done)} of ${formatCount(total)} transcripts: ` +
    `${formatCount(sessions)} sessions, ${formatCount(events)} events${range}`
  );
}
