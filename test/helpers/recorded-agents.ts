/** Recorded streams of agents whose truth is the log of a loopback model API. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { telemetryToEvents } from '../../otel-bridge/agents/index.ts';
import type { AgentEvent } from '../../otel-bridge/domain/event.ts';
import { decodeRequest } from '../../otel-bridge/otlp/codec.ts';
import type { ServedCall } from './served-call.ts';

/** One recorded scenario. */
export interface RecordedAgent {
  readonly name: string;
  readonly calls: readonly ServedCall[];
  /** Events of each export request, in the order of arrival by signal. */
  readonly requests: readonly (readonly AgentEvent[])[];
}

const FIXTURES = join(import.meta.dirname, '..', 'fixtures');

/** All scenarios of an agent. @param folder below test/fixtures @param receivedMs when all of it came, unix ms */
export function recordedAgents(folder: string, receivedMs: number): RecordedAgent[] {
  return readdirSync(join(FIXTURES, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({
      name,
      calls: (readJson(join(folder, name, 'truth.json')) as { calls: ServedCall[] }).calls,
      requests: (['logs', 'metrics', 'traces'] as const).flatMap((signal) => {
        const file = join(folder, name, `otlp-${signal}.json`);
        if (!existsSync(join(FIXTURES, file))) return [];
        return (readJson(file) as unknown[]).map((request) => {
          const body = Buffer.from(JSON.stringify(request));
          return telemetryToEvents(signal, decodeRequest(signal, body, 'json'), { receivedMs });
        });
      }),
    }));
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(join(FIXTURES, file), 'utf8'));
}
