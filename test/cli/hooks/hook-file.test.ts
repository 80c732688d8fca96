import { describe, expect, it } from 'vitest';
import { codexHooks } from '../../../cli/hooks/codex/codex-hooks.ts';
import { installInFile, removeFromFile } from '../../../cli/hooks/hook-file.ts';
import type { EditMemory, HookRequest } from '../../../cli/hooks/hook-kind.ts';

const FILE = '/home/ann/.claude/settings.json';
const WANTED = { Stop: { type: 'command', command: 'ours' } };
const isOurs = ({ command }: Readonly<Record<string, unknown>>) => command === 'ours';

/** A request that sees a file and remembers an edit. */
function request(text: string | null, memory: EditMemory | null): HookRequest {
  return { read: async () => text, remembered: () => memory } as Partial<HookRequest> as HookRequest;
}

describe('hooks in a file', () => {
  it.each(['', '\n \n', null])('leave %j as it was, also after a second installation', async (before) => {
    const [first] = await installInFile(FILE, WANTED, isOurs, request(before, null));
    expect(JSON.parse(first?.after ?? '').hooks.Stop).toHaveLength(1);
    expect(first?.memory?.handlers).toEqual([{ event: 'Stop', text: 'ours' }]);
    const changed = { Stop: { type: 'command', command: 'ours', timeout: 2 } };
    const again = request(first?.after ?? null, first?.memory ?? null);
    const [second] = await installInFile(FILE, changed, isOurs, again);
    const removal = request(second?.after ?? null, second?.memory ?? null);
    expect(await removeFromFile(FILE, isOurs, removal)).toMatchObject([{ after: before }]);
  });

  it('leave a blank file alone that never held them', async () => {
    expect(await removeFromFile(FILE, isOurs, request('\n', null))).toEqual([]);
  });

  it('are remembered no more where somebody took them out before', async () => {
    const memory: EditMemory = { existed: true, created: [], handlers: [] };
    const edits = await removeFromFile(FILE, isOurs, request('{"model":"opus"}', memory));
    expect(edits).toEqual([{ path: FILE, before: '{"model":"opus"}', after: '{"model":"opus"}' }]);
    expect(await removeFromFile(FILE, isOurs, request(null, memory))).toEqual([
      { path: FILE, before: null, after: null },
    ]);
  });
});

describe("Codex's notify", () => {
  const notify = 'notify = ["sender", "codex"] # agent-monitor\n';
  const remove = (config: string) => {
    const memory: EditMemory = {
      existed: true,
      created: [],
      handlers: [{ event: null, text: '# agent-monitor' }],
    };
    const read = async (path: string) => (path.endsWith('config.toml') ? config : null);
    const isConfig = (path: string) => (path.endsWith('config.toml') ? memory : null);
    return codexHooks.remove({
      scope: 'user',
      home: '/home/ann',
      read,
      remembered: isConfig,
    } as Partial<HookRequest> as HookRequest);
  };

  it.each([
    ['ours', `${notify}model = "x"\n`],
    ['nothing, since somebody took it out', 'model = "x"\n'],
  ])('is remembered no more once it is removed: %s', async (_name, config) => {
    expect(await remove(config)).toEqual([
      { path: '/home/ann/.codex/config.toml', before: config, after: 'model = "x"\n' },
    ]);
  });
});
