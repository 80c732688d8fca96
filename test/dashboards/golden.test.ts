import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildDashboards } from '../../dashboards/grafana/index.ts';

const FOLDER = join(import.meta.dirname, '../golden/dashboards');

describe('the JSON of the dashboards', () => {
  it('is the same on every call', () => {
    expect(buildDashboards()).toEqual(buildDashboards());
  });

  it.each(Object.entries(buildDashboards()))(
    '%s is as kept (UPDATE_GOLDEN=1 keeps it anew)',
    (name, text) => {
      const file = join(FOLDER, name);
      if (process.env.UPDATE_GOLDEN === '1') {
        mkdirSync(FOLDER, { recursive: true });
        writeFileSync(file, text);
      }
      expect(text).toBe(existsSync(file) ? readFileSync(file, 'utf8') : '');
    },
  );

  it('is kept for no other dashboard', () => {
    expect(globSync('*', { cwd: FOLDER }).toSorted()).toEqual(Object.keys(buildDashboards()).toSorted());
  });
});
