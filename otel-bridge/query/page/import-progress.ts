import type { ImportStatus } from '../service-status.ts';
import { formatCount } from './format.ts';
import { type Html, html } from './html.ts';

/** How far the import of transcripts is, as long as it runs. */
export function renderImportProgress(status: ImportStatus | null): Html {
  if (status?.state === 'failed') {
    return html`<section><p class="empty bad">Transcripts could not be taken in: see <code>monitor logs bridge</code>.</p></section>`;
  }
  if (status === null || status.state !== 'running') return html``;
  return html`<section><h2>Taking in transcripts</h2>
<progress max="${Math.max(1, status.filesTotal)}" value="${status.filesDone}" aria-label="Transcripts taken in"></progress>
<p class="note">${formatCount(status.filesDone)} of ${formatCount(status.filesTotal)} files, ${formatCount(status.sessions)} sessions, ${formatCount(status.events)} events so far. Figures grow until it is done.</p></section>`;
}
