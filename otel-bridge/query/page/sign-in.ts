import { html } from './html.ts';

/** What a browser without a token sees. */
export function renderSignIn(): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in - agent-monitor</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page.css">
</head>
<body>
<main>
<h1>This page needs a token</h1>
<section>
<p class="empty">Run <code>monitor open ui</code> on the machine that runs agent-monitor. It opens this page with a link that carries one; the browser keeps it for 30 days.</p>
</section>
</main>
</body>
</html>
`.toString();
}
