import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { editSettings } from '../../../cli/stack/edit-settings.ts';

it('editSettings() changes values and leaves comments and order alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'agent-monitor-edit-'));
  try {
    const file = join(folder, 'settings.yaml');
    await writeFile(file, '# mine\nports:\n  ui: 8081 # the page\n  loki: 3100\nparts: {grafana: false}\n');
    await editSettings(file, { ports: { ui: 9001, jaeger: 9002 }, runtime: 'docker' });
    expect(await readFile(file, 'utf8')).toBe(
      '# mine\nports:\n  ui: 9001 # the page\n  loki: 3100\n  jaeger: 9002\nparts: {grafana: false}\nruntime: docker\n',
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
