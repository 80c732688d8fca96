import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { SETTINGS_DEFAULTS } from '../../../cli/settings/defaults.ts';
import { loadSettings } from '../../../cli/settings/load-settings.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agent-monitor-settings-'));
  file = join(folder, 'settings.yaml');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('loadSettings()', () => {
  it('gives the defaults where there is no file', async () => {
    const { settings, originOf } = await loadSettings({ file, env: {} });
    expect(settings.ports.otlp_http).toBe(4318);
    expect(settings.retention.journal).toEqual({ ms: 90 * 86_400_000, text: '90d' });
    expect(settings.retention.journal_size).toEqual({ bytes: 10e9, text: '10GB' });
    expect(originOf(['ports', 'ui'])).toEqual({ kind: 'default', place: null });
  });

  it('lets flags win over the environment, the environment over the file, the file over defaults', async () => {
    await writeFile(file, 'ports:\n  ui: 1001\n  ingest: 1002\n  loki: 1003\n');
    const env = { AGENT_MONITOR_PORTS_INGEST: '2002', AGENT_MONITOR_PORTS_LOKI: '2003' };
    const { settings, originOf } = await loadSettings({ file, env, overrides: { ports: { loki: 3003 } } });
    expect(settings.ports).toMatchObject({ ui: 1001, ingest: 2002, loki: 3003, grafana: 3000 });
    expect(originOf(['ports', 'ui'])).toEqual({ kind: 'file', place: 'line 2' });
    expect(originOf(['ports', 'ingest'])).toEqual({
      kind: 'environment',
      place: 'AGENT_MONITOR_PORTS_INGEST',
    });
    expect(originOf(['ports', 'loki'])).toEqual({ kind: 'flag', place: 'command line' });
    expect(originOf(['ports', 'grafana'])).toEqual({ kind: 'default', place: null });
  });

  it('reads variables as YAML, so that lists and objects can be given', async () => {
    const env = {
      AGENT_MONITOR_LISTEN: '[127.0.0.1, 10.0.0.5]',
      AGENT_MONITOR_PARTS: '{grafana: false}',
      AGENT_MONITOR_PRIVACY_PROMPTS: 'true',
      AGENT_MONITOR_RETENTION_LOGS: '14d',
    };
    const { settings } = await loadSettings({ file, env });
    expect(settings.listen).toEqual(['127.0.0.1', '10.0.0.5']);
    expect(settings.parts).toEqual({ grafana: false, jaeger: true, promtail: true });
    expect(settings.privacy.prompts).toBe(true);
    expect(settings.retention.logs.text).toBe('14d');
  });

  it('takes the registry where OpenClaw has it, and where we are told it is', async () => {
    const theirs = { OPENCLAW_REGISTRY: '/claw/a: b.json' };
    const loaded = await loadSettings({ file, env: theirs });
    expect(loaded.settings.vms.registry).toBe('/claw/a: b.json');
    expect(loaded.originOf(['vms', 'registry'])).toEqual({ kind: 'environment', place: 'OPENCLAW_REGISTRY' });
    const both = await loadSettings({ file, env: { ...theirs, AGENT_MONITOR_VMS_REGISTRY: '/ours.json' } });
    expect(both.settings.vms.registry).toBe('/ours.json');
  });

  it('names the variable that is wrong', async () => {
    const env = { AGENT_MONITOR_PORTS_UI: 'http' };
    await expect(loadSettings({ file, env })).rejects.toThrow(
      `Cannot read settings "${file}": AGENT_MONITOR_PORTS_UI: ports.ui is "http", expected a port`,
    );
  });

  it('leaves variables alone that are no settings, and empty ones', async () => {
    const env = { AGENT_MONITOR_HOME: '/srv/x', AGENT_MONITOR_TASK: 't', AGENT_MONITOR_PORTS_UI: '' };
    expect((await loadSettings({ file, env })).raw).toEqual(SETTINGS_DEFAULTS);
  });

  it('replaces a list as a whole and merges objects key by key', async () => {
    await writeFile(file, 'privacy: {redact: ["x+"]}\nimages: {loki: my/loki}\n');
    const { settings } = await loadSettings({
      file,
      env: { AGENT_MONITOR_IMAGES: '{jaeger: my/jaeger}' },
    });
    expect(settings.privacy).toMatchObject({ redact: ['x+'], file_paths: true });
    expect(settings.images).toEqual({ loki: 'my/loki', jaeger: 'my/jaeger' });
  });

  it('takes an empty file and one of comments', async () => {
    await writeFile(file, '# nothing yet\n');
    expect((await loadSettings({ file, env: {} })).raw).toEqual(SETTINGS_DEFAULTS);
  });

  it('gives something that cannot be changed', async () => {
    const { settings } = await loadSettings({ file, env: {} });
    expect(Object.isFrozen(settings)).toBe(true);
    expect(Object.isFrozen(settings.retention.logs)).toBe(true);
    expect(Object.isFrozen(settings.listen)).toBe(true);
  });
});

describe('templates/settings.yaml', () => {
  it('says exactly what the defaults are', async () => {
    const template = await readFile(join(import.meta.dirname, '../../../templates/settings.yaml'), 'utf8');
    expect(parse(template)).toEqual(SETTINGS_DEFAULTS);
  });
});
