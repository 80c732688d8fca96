import { describe, expect, it } from 'vitest';
import { resolvePaths } from '../../../cli/settings/paths.ts';

const user = { userHome: '/home/ada', accountHome: '/home/ada', cwd: '/srv' };

describe('resolvePaths()', () => {
  it('follows the XDG base directories', () => {
    const paths = resolvePaths({ ...user, env: {} });
    expect(paths).toMatchObject({
      homeId: null,
      settingsFile: '/home/ada/.config/agent-monitor/settings.yaml',
      stackDir: '/home/ada/.local/share/agent-monitor/stack',
      journalFile: '/home/ada/.local/share/agent-monitor/bridge/journal.db',
      tokenSecretFile: '/home/ada/.local/state/agent-monitor/token-secret',
    });
    const env = { XDG_CONFIG_HOME: '/etc/ada', XDG_STATE_HOME: 'relative' };
    expect(resolvePaths({ ...user, env })).toMatchObject({
      settingsFile: '/etc/ada/agent-monitor/settings.yaml',
      stateDir: '/home/ada/.local/state/agent-monitor',
    });
  });

  it('puts everything below AGENT_MONITOR_HOME', () => {
    const paths = resolvePaths({ ...user, env: { AGENT_MONITOR_HOME: 'mon', XDG_CONFIG_HOME: '/etc/ada' } });
    expect(paths).toMatchObject({
      settingsFile: '/srv/mon/config/settings.yaml',
      stackDir: '/srv/mon/data/stack',
      journalFile: '/srv/mon/data/bridge/journal.db',
      stateDir: '/srv/mon/state',
    });
  });

  it('tells homes apart by a hash that stays the same', () => {
    const idOf = (env: NodeJS.ProcessEnv, userHome = '/home/ada') =>
      resolvePaths({ ...user, userHome, env }).homeId;
    const id = idOf({ AGENT_MONITOR_HOME: '/srv/a' });
    expect(id).toMatch(/^[0-9a-f]{8}$/);
    expect(idOf({ AGENT_MONITOR_HOME: '/srv/a' })).toBe(id);
    expect(idOf({ AGENT_MONITOR_HOME: '/srv/b' })).not.toBe(id);
    expect(idOf({ XDG_DATA_HOME: '/srv/data' })).not.toBeNull();
    expect(idOf({}, '/tmp/another-home')).not.toBeNull();
    expect(idOf({})).toBeNull();
  });
});
