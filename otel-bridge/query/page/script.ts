/**
 * The page's script, as the browser gets it: fetches the page again every few seconds and puts in the parts that
 * changed, so that focus, selection, scrolling and open details stay. Plain text here, since it never runs in Node.
 */
export const SCRIPT = `'use strict';
(() => {
  const INTERVAL_MS = 5000;
  const live = document.getElementById('live');
  let busy = false;

  function replaceChildren(part, fresh) {
    const focusable = 'a[href], summary, [tabindex]';
    const places = [...part.querySelectorAll(focusable)];
    const place = places.indexOf(document.activeElement);
    const href = place < 0 ? null : document.activeElement.getAttribute('href');
    for (const open of part.querySelectorAll('details[open][id]')) {
      const same = fresh.querySelector('#' + CSS.escape(open.id));
      if (same) same.setAttribute('open', '');
    }
    part.replaceChildren(...fresh.childNodes);
    if (place < 0) return;
    const now = [...part.querySelectorAll(focusable)];
    const next = now.find((element) => href !== null && element.getAttribute('href') === href) || now[place];
    if (next) next.focus({ preventScroll: true });
  }

  function isSelecting(part) {
    const selection = getSelection();
    return selection !== null && !selection.isCollapsed && selection.containsNode(part, true);
  }

  function put(fresh) {
    const main = document.querySelector('main');
    const next = fresh.querySelector('main');
    if (main.dataset.view !== next.dataset.view) {
      main.dataset.view = next.dataset.view;
      replaceChildren(main, next);
      return;
    }
    for (const part of main.querySelectorAll('[data-live]')) {
      const same = next.querySelector('#' + CSS.escape(part.id));
      if (!same || isSelecting(part)) continue;
      const opened = part.querySelectorAll('details[open]').length > 0;
      if (opened || part.innerHTML !== same.innerHTML) replaceChildren(part, same);
    }
  }

  async function refresh() {
    if (busy || document.hidden) return;
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { accept: 'text/html' }, cache: 'no-store' });
      if (!answer.ok) throw new Error('status ' + answer.status);
      const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
      put(fresh);
      live.textContent = fresh.getElementById('live').textContent;
      live.classList.remove('lost');
    } catch {
      if (!live.classList.contains('lost')) live.textContent = 'Not connected. ' + live.textContent;
      live.classList.add('lost');
    } finally {
      busy = false;
    }
  }

  setInterval(refresh, INTERVAL_MS);
  document.addEventListener('visibilitychange', refresh);
})();
`;
