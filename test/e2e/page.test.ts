import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SampledThing, SampleRound } from '../../otel-bridge/domain/sample.ts';
import { findChromium, launchChromium } from '../helpers/chromium.ts';
import { makeFact, makeRequest, makeSession } from '../helpers/journal-fixture.ts';
import { FIND_POOR_CONTRAST } from '../helpers/poor-contrast.ts';
import { startQueryServer, type TestQueryServer } from '../helpers/query-server.ts';

const GIB = 1024 ** 3;

/** A round over a machine of which much is known, one of which little is, and a container. */
function makeRound(takenMs: number): SampleRound {
  const made = (
    kind: SampledThing['kind'],
    name: string,
    metrics: Record<string, number>,
    more: Partial<SampledThing> = {},
  ): SampledThing => ({
    kind,
    id: name,
    name,
    project: 'demo',
    agent: 'claw',
    framework: 'openclaw',
    host: name,
    location: 'here',
    registered: true,
    state: 'running',
    reason: null,
    issues: [],
    facts: {},
    metrics: Object.entries(metrics).map(([key, value]) => {
      const [metric = '', ...attributes] = key.split(' ');
      return { metric, value, attributes: Object.fromEntries(attributes.map((each) => [each, each])) };
    }),
    ...more,
  });
  const known = {
    'libvirt.domain.cpu.utilization': 0.42,
    'system.memory.usage used': GIB,
    'system.memory.usage free': 3 * GIB,
    'system.filesystem.usage / used': 10 * GIB,
    'system.filesystem.usage / free': 30 * GIB,
  };
  const off = { state: 'shutoff', registered: false, issues: ['the domain crashed', 'gone'] };
  return {
    sampler: 'h qemu:///system',
    taken_ms: takenMs,
    interval_ms: 30_000,
    problem: null,
    things: [
      made('vm', 'zap <b>', known, { id: '1', reason: 'booted', facts: { gateway: 'up' } }),
      made('vm', 'orb', { 'libvirt.domain.memory.balloon': 2 * GIB }, { id: '2', ...off }),
      made(
        'container',
        'box',
        { 'container.cpu.usage': 0.25, 'container.memory.usage': GIB / 16 },
        { id: '3' },
      ),
    ],
  };
}

const executable = findChromium();
const mustRun = process.env.CI === 'true';
/** A clock that runs from noon: sessions of the last minutes are of today, whenever the test runs. */
const OFFSET_MS = Date.parse('2026-11-21T12:00:00Z') - Date.now();
const clock = (): number => Date.now() + OFFSET_MS;
/** Two rounds of the page's refresh. */
const REFRESHED = { timeout: 60_000 };

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

  test('shows virtual machines and containers where there are any, and a dash for what is not known', async () => {
    await using ui = await startQueryServer({ clock });
    fill(ui);
    const { page, complaints } = await open(ui.url);
    expect(await page.locator('#machines section').count()).toBe(0);
    ui.journal.fill({ samples: [makeRound(clock())] });
    await page.locator('#machines table').first().waitFor(REFRESHED);
    const rows = await page
      .locator('#machines tbody tr')
      .evaluateAll((found) =>
        found.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent).slice(0, 8)),
      );
    expect(rows).toEqual([
      ['zap <b>', 'running (booted)', 'demo', '42 %', '1 GiB of 4 GiB', '10 GiB of 40 GiB', 'up', '–'],
      ['orb', 'shutoff', 'not registered', '–', '– of 2 GiB', '–', '–', 'the domain crashed; gone'],
      ['box', 'running', 'demo', '0.25 CPUs', '64 MiB', '–', '–', '–'],
    ]);
    expect(await page.locator('#machines .state.running').count()).toBe(2);
    ui.journal.fill({
      samples: [{ ...makeRound(clock()), sampler: 'other', things: [], problem: 'virsh is not installed' }],
    });
    await page.locator('#machines .note', { hasText: 'virsh is not installed' }).waitFor(REFRESHED);
    expect(await page.evaluate(FIND_POOR_CONTRAST)).toEqual([]);
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
