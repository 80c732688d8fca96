import type { ImportStatus } from '../service-status.ts';
import { type Html, html } from './html.ts';
import { renderImportProgress } from './import-progress.ts';

/** What is shown before anything came in: how to make something come. */
export function renderEmpty(status: ImportStatus | null): Html {
  const looked =
    status?.state === 'done'
      ? 'No transcript of Claude Code was found on this machine.'
      : status?.state === 'off'
        ? 'Transcripts are not taken in, as settings say.'
        : null;
  return html`<h1>Nothing received yet</h1>
<div id="import" data-live>${renderImportProgress(status)}</div>
<section id="first-steps" data-live>
<h2>Send the first session</h2>
<ol class="steps">
<li>In the shell that starts your agent: <code>eval "$(monitor env claude-code)"</code></li>
<li>Start it as ever: <code>claude</code></li>
<li>This page shows the session within seconds.</li>
</ol>
<p class="note">${looked !== null && html`${looked} `}Older sessions come in with <code>monitor import claude-code</code>.</p>
</section>`;
}
