import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import { enginePath, missingEngines } from '../../helpers/engines.ts';
import { freePorts } from '../../helpers/free-ports.ts';
import type { Endpoint } from '../load/load-generator.ts';
import { startReference } from './reference-process.ts';

/** Why the Collector cannot be measured; null where it can. */
export function missingCollector(): string | null {
  return missingEngines('otelcol-contrib');
}

/**
 * Starts the real Collector with a queue on disk that is synced (`file_storage`, `fsync: true`), exporting to a sink.
 * Its queue is never full: what is measured is how fast it takes requests.
 */
export async function startCollector(folder: string, sinkUrl: string): Promise<Endpoint> {
  const [port = 0] = await freePorts(1);
  const storage = join(folder, `collector-${port}`);
  mkdirSync(storage, { recursive: true });
  const config = join(storage, 'config.yaml');
  writeFileSync(
    config,
    stringify({
      receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
      exporters: {
        otlp_http: {
          endpoint: sinkUrl,
          sending_queue: { storage: 'file_storage', queue_size: 1_000_000_000 },
        },
      },
      extensions: { file_storage: { directory: storage, fsync: true } },
      service: {
        extensions: ['file_storage'],
        telemetry: { metrics: { level: 'none' }, logs: { level: 'error' } },
        pipelines: { logs: { receivers: ['otlp'], exporters: ['otlp_http'] } },
      },
    }),
  );
  const collector = startReference([enginePath('otelcol-contrib'), '--config', config]);
  const url = `http://127.0.0.1:${port}`;
  const deadlineMs = performance.now() + 30_000;
  while (!(await answers(url))) {
    if (performance.now() > deadlineMs) {
      await collector[Symbol.asyncDispose]();
      throw new Error('The Collector did not start');
    }
    await delay(50);
  }
  return { ...collector, url, pid: 0 };
}

async function answers(url: string): Promise<boolean> {
  try {
    // Any answer will do, 404 as well.
    await fetch(url);
    return true;
  } catch {
    return false;
  }
}
