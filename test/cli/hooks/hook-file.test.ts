import { describe, expect, it } from 'vitest';
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
});
