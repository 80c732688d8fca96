import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { toEnvelope } from '../../otel-bridge/domain/envelope.ts';
import { startBridge } from '../helpers/bridge.ts';
import { freePorts } from '../helpers/free-ports.ts';
import { makeEvent } from '../helpers/make-event.ts';

const PROGRAM = join(import.meta.dirname, '../../otel-bridge/main.ts');

it('a second bridge on the same journal ends at once, says who writes it, and leaves the first alone', async () => {
  await using bridge = await startBridge();
  const [ingest = 0, ui = 0, otlp_grpc = 0, otlp_http = 0] = await freePorts(4);
  const configPath = join(bridge.folder, 'second.json');
  await writeFile(
    configPath,
    JSON.stringify({ ...bridge.config, ports: { ingest, ui, otlp_grpc, otlp_http } }),
  );
  const second = spawn(process.execPath, [PROGRAM, 'supervise', '--config', configPath]);
  let said = '';
  second.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const [code] = await once(second, 'close');
  expect(code).not.toBe(0);
  expect(said).toContain(`process ${bridge.childPid()} on host`);
  expect(said).toContain('monitor down');

  const response = await fetch(`${bridge.ingestUrl}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(toEnvelope(makeEvent({ type: 'error' }))),
  });
  expect(await response.json()).toMatchObject({ accepted: 1 });
});
