import type { DeadLetter, Journal } from '../domain/journal.ts';
import type { Delivery } from './delivery.ts';

/** What became of one dead letter. Only an accepted one is gone. */
export interface RetriedLetter {
  readonly id: number;
  readonly target: string;
  readonly lane: string;
  readonly status: 'accepted' | 'refused' | 'unreachable' | 'no_target';
  /** Why it is still a dead letter; null where it is none any more. */
  readonly reason: string | null;
}

/** What a retry works on. */
export interface RetryOptions {
  readonly journal: Pick<Journal, 'listDeadLetters' | 'removeDeadLetters'>;
  readonly delivery: Pick<Delivery, 'resend'>;
}

/** So many are tried at most; whoever has more asks again. */
const MAX_LETTERS = 1_000;

/**
 * Gives dead letters a second chance, each with the target that refused it, the oldest first.
 * @param ids which; null = all, up to 1,000
 */
export async function retryDeadLetters(
  { journal, delivery }: RetryOptions,
  ids: readonly number[] | null,
): Promise<RetriedLetter[]> {
  const all = (await journal.listDeadLetters(MAX_LETTERS)).toReversed();
  const wanted = ids === null ? all : all.filter(({ id }) => ids.includes(id));
  const away = new Map<string, string>();
  const results: RetriedLetter[] = [];
  for (const letter of wanted) {
    const result = await retryOne(letter, delivery, away);
    if (result.status === 'accepted') await journal.removeDeadLetters([letter.id]);
    results.push(result);
  }
  return results;
}

/** @param away targets that did not answer, with the reason: they are not asked again for every letter */
async function retryOne(
  letter: DeadLetter,
  delivery: Pick<Delivery, 'resend'>,
  away: Map<string, string>,
): Promise<RetriedLetter> {
  const { id, target, lane } = letter;
  const reason = away.get(target);
  if (reason !== undefined) return { id, target, lane, status: 'unreachable', reason };
  const result = await delivery.resend(letter);
  switch (result.status) {
    case 'accepted':
      return { id, target, lane, status: 'accepted', reason: null };
    case 'no_target':
      return { id, target, lane, status: 'no_target', reason: noTargetReason(target) };
    case 'unreachable':
      away.set(target, result.reason);
      return { id, target, lane, ...result };
    case 'refused':
      return { id, target, lane, ...result };
  }
}

function noTargetReason(target: string): string {
  return target === 'projection'
    ? 'an event that could not be counted: it is no record of a store, and stays in the journal'
    : `"${target}" does not take this any more, see targets in settings.yaml`;
}
