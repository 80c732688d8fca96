import type { TokenClaims } from '../../domain/event.ts';
import { parseBatch } from '../envelope/parse-batch.ts';
import { type HookFiring, readRecord } from './hook-firing.ts';
import type { HookIntake, TakenHooks } from './hook-intake.ts';

/** Each is judged, which takes longer than to store it. */
const AT_ONCE = 128;

/** What became of hooks that a sender kept. */
export interface KeptResult {
  readonly accepted: number;
  readonly duplicates: number;
  /** Hooks that tell nothing. */
  readonly ignored: number;
  /** Lines that are no hooks; `index` is the number of the line, from 0. */
  readonly rejected: readonly { readonly index: number; readonly code: string; readonly message: string }[];
}

/**
 * Takes hooks that nobody took when they fired, a record a line (hook-firing.ts), in their order. Where it fails in the
 * middle, what was taken before is a duplicate the next time.
 * @throws MonitorError `too_large` where there are too many values, and as `Journal.append` does
 */
export async function takeKept(
  intake: HookIntake,
  body: Buffer,
  claims: TokenClaims | undefined,
): Promise<KeptResult> {
  const firings: HookFiring[] = [];
  const rejected: KeptResult['rejected'][number][] = [];
  for (const { index, value } of parseBatch(body, 'lines')) {
    const record = readRecord(value);
    if (record === null) {
      const message = 'found no record of a hook, expected {"hook", "id", "fired", "input"}';
      rejected.push({ index, code: 'no_record', message });
    } else if (!intake.frameworks.includes(record.framework)) {
      const message = `found a hook of an agent that is not known, expected ${intake.frameworks.join(', ')}`;
      rejected.push({ index, code: 'unknown_agent', message });
    } else firings.push({ ...record, claims });
  }
  const statuses: TakenHooks['statuses'][number][] = [];
  for (let at = 0; at < firings.length; at += AT_ONCE) {
    // Agents that wait for an answer have their turn in between.
    const taken = await intake.take(firings.slice(at, at + AT_ONCE), false);
    statuses.push(...taken.statuses);
  }
  const count = (wanted: (typeof statuses)[number]): number =>
    statuses.filter((status) => status === wanted).length;
  return {
    accepted: count('stored'),
    duplicates: count('duplicate'),
    ignored: count('ignored'),
    rejected,
  };
}
