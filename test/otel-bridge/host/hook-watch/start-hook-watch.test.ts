import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentEvent } from '../../../../otel-bridge/domain/event.ts';
import { missingHooks } from '../../../../otel-bridge/host/hook-watch/missing-hooks.ts';
import { startHookWatch } from '../../../../otel-bridge/host/hook-watch/start-hook-watch.ts';
import { waitUntil } from '../../../helpers/wait-until.ts';

const URL = 'http://127.0.0.1:8080/v1/hooks/claude-code';
const handlers = [
  { event: 'PreToolUse', text: URL },
  { event: 'SessionStart', text: 'sender claude-code' },
];
const group = (handler: object) => [{ hooks: [{ type: 'command', command: 'mine' }] }, { hooks: [handler] }];
const hooks = {
  PreToolUse: group({ type: 'http', url: URL }),
  SessionStart: group({ type: 'command', command: 'sender claude-code' }),
};

describe('missingHooks()', () => {
  const missing = (document: unknown) =>
    missingHooks({ handlers }, typeof document === 'string' ? document : JSON.stringify(document));

  it('finds nothing where everything is there, whatever else is, and however it is written', () => {
    expect(missing({ model: 'opus', hooks: { ...hooks, Stop: [] } })).toBeNull();
    expect(missing(`\uFEFF${JSON.stringify({ hooks }, null, '\t').replaceAll('\n', '\r\n')}`)).toBeNull();
  });

  it.each<[string, unknown, string, readonly string[]]>([
    ['one was taken out', { hooks: { ...hooks, PreToolUse: [] } }, '1 of 2 were taken out', ['PreToolUse']],
    ['all were', {}, '2 of 2 were taken out', ['PreToolUse', 'SessionStart']],
    [
      'the address was changed',
      { hooks: { ...hooks, PreToolUse: group({ url: 'http://x/' }) } },
      '1 of 2 were taken out',
      ['PreToolUse'],
    ],
    ['they were turned off', { hooks, disableAllHooks: true }, '"disableAllHooks" turns them off', []],
    ['the file is broken', '{"hooks": ', 'their file is no JSON any more', ['PreToolUse', 'SessionStart']],
  ])('says that %s', (_, document, how, events) => {
    expect(missing(document)).toEqual({ how, events });
  });

  it('says that the file is gone, and looks into files that are no JSON', () => {
    expect(missingHooks({ handlers }, null)?.how).toBe('their file was deleted');
    const line = { handlers: [{ event: null, text: '# agent-monitor' }] };
    expect(missingHooks(line, 'notify = [] # agent-monitor\n')).toBeNull();
    expect(missingHooks(line, 'notify = []\n')?.how).toBe('they were taken out');
  });
});

describe('startHookWatch()', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'hook-watch-'));
    await mkdir(join(root, 'hooks'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('tells once of hooks that somebody took out, tries again where nobody takes it, and knows no other machine', async () => {
    const file = join(root, 'settings.json');
    const remember = (name: string, place: string) =>
      writeFile(
        join(root, 'hooks', name),
        JSON.stringify({ agent: 'claude-code', place, path: file, existed: true, created: [], handlers }),
      );
    await remember('here.json', '');
    await remember('there.json', 'vm');
    // A project that was deleted with all that was in it.
    const gone = join(root, 'project/.claude/settings.json');
    const project = { agent: 'claude-code', place: '', path: gone, existed: true, created: [], handlers };
    await writeFile(join(root, 'hooks', 'gone.json'), JSON.stringify(project));
    await writeFile(join(root, 'hooks', 'damaged.json'), '{');
    await writeFile(file, JSON.stringify({ hooks }));
    const told: AgentEvent[] = [];
    let refusals = 1;
    const warnings: string[] = [];
    using _watch = startHookWatch({
      folder: join(root, 'hooks'),
      hostname: 'box',
      async sink(events) {
        if (refusals-- > 0) throw new Error('away');
        told.push(...events);
      },
      log: { info() {}, warn: (_, message) => warnings.push(message) },
      intervalMs: 10,
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(told).toEqual([]);
    await writeFile(`${file}.new`, '{}');
    await rename(`${file}.new`, file);
    await waitUntil(
      () => told,
      (events) => events.length > 0,
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(told).toHaveLength(1);
    expect(warnings).toHaveLength(1);
    expect(told[0]).toMatchObject({
      type: 'guardrail.violation',
      source: { framework: 'claude-code', host: 'box' },
      payload: { rule: 'hooks.removed', action: 'observed', list: true, file_path: file },
    });
  });
});
