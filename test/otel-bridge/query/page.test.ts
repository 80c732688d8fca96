import { Script } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DASH, formatCompact, formatDuration, formatUsd } from '../../../otel-bridge/query/page/format.ts';
import { html } from '../../../otel-bridge/query/page/html.ts';
import { SCRIPT } from '../../../otel-bridge/query/page/script.ts';
import { makeFact, makeSession } from '../../helpers/journal-fixture.ts';
import { startQueryServer } from '../../helpers/query-server.ts';

const NOW = Date.parse('2026-11-21T10:00:00Z');
const HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>&amp;\'';

describe('html', () => {
  test('no text becomes markup, wherever it stands', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(html`<p title="${text}">${[text]}</p>`.toString()).toMatch(
          /^<p title="[^<>"]*">[^<>"]*<\/p>$/,
        );
      }),
    );
  });

  test('pieces stay as they are, nothing is nothing', () => {
    expect(html`<p>${html`<b>${1}</b>`}${null}${undefined}${false}${[]}</p>`.toString()).toBe(
      '<p><b>1</b></p>',
    );
  });
});

test('the script parses', () => {
  expect(() => new Script(SCRIPT)).not.toThrow();
});

describe('figures', () => {
  test.each([
    [null, DASH],
    [0, '$0.00'],
    [1, '$0.000001'],
    [123_456, '$0.00012'],
    [9_990_000, '$0.01'],
    [12_345_678_900, '$12.35'],
    [1_234_567_000_000_000, '$1,234,567.00'],
  ])('formatUsd(%s) is %s', (nano, text) => {
    expect(formatUsd(nano)).toBe(text);
  });

  test.each([
    [0, '0'],
    [9999, '9,999'],
    [12_345, '12.3K'],
    [1_234_567, '1.23M'],
  ])('formatCompact(%s) is %s', (count, text) => {
    expect(formatCompact(count)).toBe(text);
  });

  test.each([
    [null, DASH],
    [449.6, '450 ms'],
    [12_999, '12 s'],
    [200_000, '3 min 20 s'],
    [7_200_000, '2 h'],
    [100_000_000, '1 d 3 h'],
  ])('formatDuration(%s) is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('the page', () => {
  test('says what to do before anything came in', async () => {
    await using ui = await startQueryServer();
    const text = await (await fetch(ui.url)).text();
    expect(text).toContain('monitor env claude-code');
    expect(text).toContain('data-view="empty"');
  });

  test('escapes everything that agents say', async () => {
    await using ui = await startQueryServer({ clock: () => NOW });
    ui.journal.fill({
      sessions: [
        makeSession({
          id: HOSTILE,
          startedMs: NOW,
          lastMs: NOW,
          project: HOSTILE,
          agent: HOSTILE,
          model: HOSTILE,
          cwd: HOSTILE,
          branch: HOSTILE,
          repository: HOSTILE,
          host: HOSTILE,
          framework: HOSTILE,
          endReason: HOSTILE,
        }),
      ],
      facts: [
        makeFact({ key: 'a', kind: 'tool', name: HOSTILE, sessionId: HOSTILE, startMs: NOW, endMs: null }),
        makeFact({ key: 'b', kind: 'prompt', sessionId: HOSTILE, endMs: NOW, data: { text: HOSTILE } }),
        makeFact({ key: 'c', kind: 'event', sessionId: HOSTILE, endMs: NOW, eventType: HOSTILE }),
      ],
    });
    for (const path of [
      '/',
      `/sessions/${encodeURIComponent(HOSTILE)}`,
      `/sessions/${encodeURIComponent(`${HOSTILE}2`)}`,
    ]) {
      const text = await (await fetch(`${ui.url}${path}`)).text();
      expect(text).not.toContain('<script>');
      expect(text).not.toContain('<img');
      expect(text).toContain('&lt;script&gt;');
      expect(text.match(/<script/g)).toHaveLength(1);
    }
  });

  test('says how far the import of transcripts is', async () => {
    const counts = {
      filesTotal: 80,
      filesDone: 31,
      events: 1234,
      sessions: 7,
      oldestMs: null,
      newestMs: null,
    };
    await using ui = await startQueryServer({
      status: () => ({ import: { state: 'running', ...counts }, delivery: [], signals: [] }),
    });
    expect(await (await fetch(ui.url)).text()).toContain('31 of 80 files, 7 sessions, 1,234 events');
  });

  test('answers 404 for a session that is not there', async () => {
    await using ui = await startQueryServer();
    const response = await fetch(`${ui.url}/sessions/none`);
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('No such session');
  });
});
