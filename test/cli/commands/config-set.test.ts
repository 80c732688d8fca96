import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { CommandContext, CommandResult } from '../../../cli/command.ts';
import { setCommand } from '../../../cli/commands/config-set.ts';
import { loadSettings } from '../../../cli/settings/load-settings.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'config-set-'));
  file = join(folder, 'settings.yaml');
  await writeFile(file, '# mine\nports:\n  ui: 8081 # the page\n');
});
afterEach(() => rm(folder, { recursive: true }));

async function set(key: string, value: string, env: NodeJS.ProcessEnv = {}): Promise<CommandResult> {
  const context = {
    paths: { settingsFile: file },
    loadSettings: () => loadSettings({ file, env }),
  } as unknown as CommandContext;
  const describeProgram = async () => ({ name: '', summary: '', options: [], verbs: [] });
  const result = await setCommand.run?.({ args: [key, value], options: {}, describeProgram }, context);
  if (result === undefined) throw new Error('it does nothing');
  return result;
}

it('changes one setting, keeps comments, and says when nothing changed', async () => {
  expect((await set('ports.ui', '9001')).data).toMatchObject({ value: 9001, changed: true });
  expect(await readFile(file, 'utf8')).toBe('# mine\nports:\n  ui: 9001 # the page\n');
  expect((await set('ports.ui', '9001')).data).toMatchObject({ changed: false });
  await set('listen', '[127.0.0.1, 10.0.0.5]');
  expect((await loadSettings({ file, env: {} })).settings.listen).toEqual(['127.0.0.1', '10.0.0.5']);
});

it('puts keys with values in the place of those that were there, so that they can be taken out again', async () => {
  const targets = async () => (await loadSettings({ file, env: {} })).settings.targets;
  await set('targets', '{a: {endpoint: "https://a.test"}, b: {endpoint: "https://b.test", headers: {x: y}}}');
  await set('targets', '{b: {endpoint: "https://b.test"}}');
  expect(await targets()).toMatchObject({ b: { headers: {} } });
  expect(Object.keys(await targets())).toEqual(['b']);
  expect((await set('targets', '{}')).data).toMatchObject({ changed: true });
  expect(await targets()).toEqual({});
  await set('ports', '{ui: 9001, ingest: 9002}');
  expect(await readFile(file, 'utf8')).toContain('  ui: 9001 # the page\n  ingest: 9002\n');
});

it('writes nothing that would not be accepted, and says why', async () => {
  await expect(set('retention.jurnal', '30d')).rejects.toThrow('did you mean "retention.journal"');
  await expect(set('retention.journal', 'soon')).rejects.toThrow('expected a duration');
  await expect(set('ports.ui.x', '3')).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining('"ports.ui" has nothing that is called "x"'),
  });
  await expect(set('listen', '[127.0.0.1')).rejects.toThrow('expected a value as in YAML');
  expect(await readFile(file, 'utf8')).toBe('# mine\nports:\n  ui: 8081 # the page\n');
});

it('says that the environment hides what was set', async () => {
  const { text } = await set('ports.ui', '9001', { AGENT_MONITOR_PORTS_UI: '9999' });
  expect(text).toContain('environment hides it');
});

it('says what to do where there is no file', async () => {
  await rm(file);
  await expect(set('ports.ui', '9001')).rejects.toMatchObject({ code: 'NOT_FOUND', fix: ['monitor init'] });
});
