import { formatTime } from './format.ts';
import { type Html, html } from './html.ts';

/** What every view of the page is rendered with. */
export interface ViewContext {
  readonly nowMs: number;
  /** IANA name; all days and times of the page are cut and shown in it. */
  readonly timezone: string;
}

/**
 * A whole page.
 * @param view names what is shown; another view replaces the page's content as a whole when it refreshes
 */
export function renderPage(
  { title, view, content }: { title: string; view: string; content: Html },
  { nowMs, timezone }: ViewContext,
): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page.css">
<script src="/page.js" defer></script>
</head>
<body>
<a class="skip" href="#content">Skip to content</a>
<header>
<a class="name" href="/">agent-monitor</a>
<p class="live" id="live">Updated ${formatTime(nowMs, timezone).slice(11)}, times in ${timezone}</p>
</header>
<main id="content" data-view="${view}">
${content}
</main>
<footer>Every day begins at midnight in ${timezone}. ${'\u2013'} means that a value is not known.</footer>
</body>
</html>
`;
  return page.toString();
}
