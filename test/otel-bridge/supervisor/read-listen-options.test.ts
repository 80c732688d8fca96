import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { readListenOptions } from '../../../otel-bridge/supervisor/read-listen-options.ts';

const folder = mkdtempSync(join(tmpdir(), 'listen-options-'));
const path = join(folder, 'bridge.json');
const ports = { ingest: 1, ui: 2, otlp_grpc: 3, otlp_http: 4 };
afterEach(() => rmSync(path, { force: true }));

it('reads addresses and ports, whatever else the file holds', () => {
  writeFileSync(path, JSON.stringify({ listen: ['127.0.0.1'], ports, runtime: 'embedded' }));
  expect(readListenOptions(path)).toEqual({ listen: ['127.0.0.1'], ports });
});

it.each([
  ['no JSON', '{'],
  ['no addresses', JSON.stringify({ ports })],
  ['an address that is no text', JSON.stringify({ listen: [1], ports })],
  ['a port that is missing', JSON.stringify({ listen: ['127.0.0.1'], ports: { ingest: 1 } })],
  ['a port that is no number', JSON.stringify({ listen: ['127.0.0.1'], ports: { ...ports, ui: 'x' } })],
])('leaves %s to whoever says why', (_, text) => {
  writeFileSync(path, text);
  expect(readListenOptions(path)).toBeNull();
});

it('leaves a file that is not there to whoever says why', () => {
  expect(readListenOptions(path)).toBeNull();
  rmSync(folder, { recursive: true, force: true });
});
