import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Settings } from '../../../cli/settings/schema.ts';
import { readTargetAuthorities } from '../../../cli/stack/target-authorities.ts';
import { TARGET_CERTIFICATE } from '../../helpers/otlp-target.ts';

let home = '';
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'target-authorities-'));
  await writeFile(join(home, 'ca.pem'), TARGET_CERTIFICATE);
  await writeFile(join(home, 'empty.pem'), 'nothing');
});
afterAll(() => rm(home, { recursive: true, force: true }));

const read = (ca_file: string | null) =>
  readTargetAuthorities(
    { targets: { cloud: { endpoint: 'https://otlp.example.com', ca_file } } } as unknown as Settings,
    home,
  );

describe('readTargetAuthorities()', () => {
  test('reads the file of a target, below the home for ~', async () => {
    expect(await read('~/ca.pem')).toEqual(new Map([['cloud', TARGET_CERTIFICATE]]));
  });

  test('has nothing for a target without one', async () => {
    expect(await read(null)).toEqual(new Map());
  });

  test.each(['~/missing.pem', '~/empty.pem'])('refuses %s as invalid settings', async (file) => {
    await expect(read(file)).rejects.toMatchObject({
      code: 'SETTINGS_INVALID',
      message: expect.stringContaining(`targets.cloud.ca_file "${file}"`),
    });
  });
});
