import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');
const DATABASES = /from '(node:sqlite|pg|better-sqlite3)'/;
const STATEMENTS =
  /\b(SELECT\s[\s\S]{1,200}?\sFROM\s|INSERT\s+(OR \w+ )?INTO\s|DELETE\s+FROM\s|UPDATE\s+\w+\s+SET\s|CREATE\s+(TABLE|INDEX)\s|PRAGMA\s+\w)/;

it('nothing but the journal knows a database or speaks SQL, so that another one can stand behind it', () => {
  const files = globSync('{otel-bridge,cli,compose,dashboards,hooks}/**/*.ts', { cwd: ROOT }).filter(
    (file) => !file.startsWith('otel-bridge/journal/'),
  );
  expect(files.length).toBeGreaterThan(200);
  const speaking = files.filter((file) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    return DATABASES.test(text) || STATEMENTS.test(text);
  });
  expect(speaking).toEqual([]);
});

it('everything outside of the journal uses it by its contract: only who wires it imports an implementation', () => {
  const importing = globSync('otel-bridge/**/*.ts', { cwd: ROOT })
    .filter((file) => !file.startsWith('otel-bridge/journal/'))
    .filter((file) => /from '[^']*journal\/sqlite\//.test(readFileSync(join(ROOT, file), 'utf8')));
  expect(importing.sort()).toEqual([
    'otel-bridge/journal-thread.ts',
    'otel-bridge/main.ts',
    'otel-bridge/run-bridge.ts',
  ]);
});
