import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findChromium, launchChromium } from '../helpers/chromium.ts';
import { makeFact, makeRequest, makeSession } from '../helpers/journal-fixture.ts';
import { FIND_POOR_CONTRAST } from '../helpers/poor-contrast.ts';
import { startQueryServer, type TestQueryServer } from '../helpers/query-server.ts';

const executable = findChromium();
const mustRun = process.env.CI === 'true';
/** A clock that runs from noon: sessions of the last minutes are of today, whenever the test runs. */
const OFFSET_MS = Date.parse('2026-11-21T12:00:00Z') - Date.now();
const clock = (): number => Date.now() + OFFSET_MS;
/** Two rounds of the page's refresh. */
const REFRESHED = { timeout: 12_000 };

const reason =
  executable === null ? ' (skipped: no Chromium; apt-get install chromium, or set CHROMIUM_PATH)' : '';
describe.skipIf(executable === null && !mustRun)(`the page in Chromium${reason}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    if (executable === null)
      throw new Error('Cannot test the page: no Chromium found. Install it, or set CHROMIUM_PATH');
    browser = await launchChromium(executable);
  });
  afterAll(() => browser?.close());

  /** Opens a page and keeps whatever the browser complains about. */
  async function open(url: string, options: Parameters<Browser['newPage']>[0] = {}) {
    const page = await browser.newPage(options);
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('dialog', (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.goto(url);
    return { page, complaints };
  }

  function fill(ui: TestQueryServer, sessionId = 'agent:main:main'): void {
    const nowMs = clock();
    const shared = { sessionId, runId: 'r1' };
    ui.journal.fill({
      sessions: [makeSession({ id: sessionId, startedMs: nowMs - 60_000, lastMs: nowMs })],
      facts: [
        makeFact({
          ...shared,
          key: 'p',
          kind: 'prompt',
          endMs: nowMs - 9000,
          data: { text: 'Fix <b>it</b>' },
        }),
        makeFact({ ...shared, key: 'r', kind: 'run', startMs: nowMs - 9000, endMs: nowMs - 100 }),
        makeRequest({ ...shared, key: 'a', endMs: nowMs - 5000, costNanoUsd: 1_230_000_000 }),
        makeFact({
          ...shared,
          key: 't',
          kind: 'tool',
          name: 'Bash',
          endMs: nowMs - 3000,
          outcome: 'failure',
        }),
        makeFact({
          ...shared,
          key: 'o',
          kind: 'tool',
          name: 'WebFetch',
          startMs: nowMs - 65_000,
          endMs: null,
        }),
      ],
    });
  }

  const tile = async (page: Page, title: string) =>
    await page
      .locator('#today div', { has: page.getByText(title, { exact: true }) })
      .locator('dd')
      .textContent();

  test('shows today’s figures, the session that runs and the tool that is open, and complains of nothing', async () => {
    await using ui = await startQueryServer({ clock });
    fill(ui);
    const { page, complaints } = await open(ui.url);
    expect(await tile(page, 'Cost')).toBe('$1.23');
    expect(await tile(page, 'Cache read')).toBe('3,000');
    expect(await tile(page, 'Errors')).toBe('1');
    expect(await page.locator('#running').textContent()).toContain('agent:main:main');
    expect(await page.locator('#tools').textContent()).toMatch(/WebFetch\s*1 min/);
    expect(await page.locator('#live').textContent()).toContain('UTC');
    expect(await page.locator('#cost svg g').count()).toBe(30);
    await page.waitForTimeout(6000);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('brings in what is new and keeps focus and what is open', async () => {
    await using ui = await startQueryServer({ clock });
    fill(ui);
    const { page, complaints } = await open(ui.url);
    await page.locator('#cost summary').click();
    const link = page.locator('#recent a').first();
    await link.focus();
    ui.journal.fill({
      facts: [makeRequest({ key: 'new', sessionId: 'agent:main:main', endMs: clock(), costNanoUsd: 2e9 })],
    });
    await page.locator('#today', { hasText: '$3.23' }).waitFor(REFRESHED);
    expect(await page.locator('#cost details').getAttribute('open')).not.toBeNull();
    expect(await page.locator(':focus').textContent()).toBe('agent:main:main');
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('goes from nothing to figures by itself', async () => {
    await using ui = await startQueryServer({ clock });
    const { page } = await open(ui.url);
    expect(await page.locator('h1').textContent()).toBe('Nothing received yet');
    fill(ui);
    await page.waitForSelector('#running', REFRESHED);
    expect(await page.locator('h1').textContent()).toMatch(/^Today, \d{4}-/);
    await page.close();
  });

  test('leads to a session by keyboard alone', async () => {
    await using ui = await startQueryServer({ clock });
    fill(ui, 'id with "quotes" / <b>and</b> slashes');
    const { page, complaints } = await open(ui.url);
    for (let presses = 0; presses < 20; presses += 1) {
      await page.keyboard.press('Tab');
      const href = await page.locator(':focus').getAttribute('href');
      if (href?.startsWith('/sessions/')) break;
    }
    await page.keyboard.press('Enter');
    await page.waitForSelector('#timeline');
    expect(await page.locator('h1').textContent()).toBe('Session id with "quotes" / <b>and</b> slashes');
    const timeline = await page.locator('#timeline tbody').textContent();
    expect(timeline).toContain('Prompt: Fix <b>it</b>');
    expect(timeline).toMatch(/WebFetch\s*open\s*1 min \d+ s so far/);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('says so when the bridge is gone and keeps the last figures', async () => {
    const ui = await startQueryServer({ clock });
    fill(ui);
    const { page } = await open(ui.url);
    await ui[Symbol.asyncDispose]();
    await page.waitForSelector('#live.lost', REFRESHED);
    expect(await page.locator('#live').textContent()).toMatch(/^Not connected. Updated/);
    expect(await tile(page, 'Cost')).toBe('$1.23');
    await page.close();
  });

  test.each(['light', 'dark'] as const)(
    'all text has a contrast of 4.5 to 1 in the %s theme',
    async (colorScheme) => {
      await using ui = await startQueryServer({ clock });
      fill(ui);
      const { page } = await open(ui.url, { colorScheme });
      for (const path of ['/', '/sessions/agent:main:main']) {
        await page.goto(`${ui.url}${path}`);
        expect(await page.evaluate(FIND_POOR_CONTRAST)).toEqual([]);
      }
      await page.close();
    },
  );

  test('fits a narrow window without scrolling sideways', async () => {
    await using ui = await startQueryServer({ clock });
    fill(ui, 'a'.repeat(200));
    const { page } = await open(ui.url, { viewport: { width: 360, height: 700 } });
    const width = () => page.evaluate('document.documentElement.scrollWidth');
    expect(await width()).toBeLessThanOrEqual(360);
    await page.goto(`${ui.url}/sessions/${'a'.repeat(200)}`);
    expect(await width()).toBeLessThanOrEqual(360);
    await page.close();
  });
});
