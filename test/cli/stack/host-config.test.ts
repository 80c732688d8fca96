import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolvePaths } from '../../../cli/settings/paths.ts';
import { agentHomes } from '../../../cli/stack/agent-homes.ts';
import { buildHostConfig } from '../../../cli/stack/host-config.ts';
import { readHostConfig } from '../../../otel-bridge/host/host-config.ts';
import { settingsFrom } from '../../helpers/settings-from.ts';

describe('buildHostConfig()', () => {
  it('gives what the host part decodes', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'agent-monitor-host-'));
    try {
      const paths = resolvePaths({
        env: { AGENT_MONITOR_HOME: '/srv/m' },
        userHome: '/home/ada',
        accountHome: '/home/ada',
        cwd: '/',
      });
      const settings = settingsFrom('ports: {ingest: 9101}\nprivacy: {prompts: true}');
      const facts = {
        userHome: '/home/ada',
        hostname: 'laptop',
        agentHomes: agentHomes({ CODEX_HOME: '/srv/codex' }),
        importHistory: true,
      };
      const file = join(folder, 'host.json');
      await writeFile(file, JSON.stringify(buildHostConfig(settings, paths, facts)));
      expect(readHostConfig(file)).toMatchObject({
        homes: ['/home/ada', '/srv/codex'],
        bridge_url: 'http://127.0.0.1:9101',
        token_file: '/srv/m/state/host-token',
        state_file: '/srv/m/data/bridge/transcripts.json',
        privacy: { prompts: true, file_paths: true },
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
