import { formatCount } from '../output/format-count.ts';
import { formatSize } from '../output/format-size.ts';
import type { ServiceStatus } from './service-status.ts';

/**
 * What is to say about a bridge that answers: why its journal takes nothing, its size, what stores refused, what does not
 * get through.
 */
export function renderBridgeNote({ journal, delivery }: ServiceStatus): string {
  const notes = [];
  if (journal.problem !== null) notes.push(`journal: ${journal.problem}`);
  if (journal.size_bytes !== undefined) notes.push(`journal ${formatSize(journal.size_bytes)}`);
  if (journal.dead_letters) notes.push(`${formatCount(journal.dead_letters)} dead letters`);
  const failing = delivery.find(({ last_error: error }) => error !== null);
  if (failing !== undefined) notes.push(`${failing.target} ${failing.lane}: ${failing.last_error}`);
  notes.push(...journal.warnings);
  return notes.join(', ');
}
