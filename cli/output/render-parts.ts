import type { PartState, PartStatus } from '../runtime.ts';
import type { Colors } from './colors.ts';
import { formatDuration } from './format-duration.ts';
import { renderTable } from './render-table.ts';

/** A line per part: state, since when, where, and what is to say about it. */
export function renderParts(parts: readonly PartStatus[], colors: Colors, nowMs: number): string {
  const mark: Readonly<Record<PartState, (text: string) => string>> = {
    healthy: colors.green,
    starting: colors.yellow,
    degraded: colors.yellow,
    stopped: colors.red,
  };
  return renderTable(
    [{ title: 'PART' }, { title: 'STATE' }, { title: 'SINCE' }, { title: 'ADDRESS' }, { title: 'NOTE' }],
    parts.map(({ name, state, since, url, note }) => [
      name,
      mark[state](state),
      since === null ? '-' : formatDuration(nowMs - Date.parse(since)),
      url ?? '-',
      note ?? '',
    ]),
  );
}
