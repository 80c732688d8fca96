import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { telemetryToEvents } from '../../../otel-bridge/agents/index.ts';
import { decodeRequest } from '../../../otel-bridge/otlp/codec.ts';
import { createRedactor } from '../../../otel-bridge/privacy/redactor.ts';

const FIXTURES = join(import.meta.dirname, '..', '..', 'fixtures');
/** Words of prompts, answers, commands and their output, and of what sub-agents were asked. */
const CONTENT = /echo|parallel|failing|touch x|rm y|sub-task|delegate|All done|Step \d/i;

const redactor = createRedactor(
  {
    prompts: false,
    responses: false,
    tool_arguments: false,
    tool_output: false,
    file_paths: true,
    redact: ['defaults'],
  },
  false,
);

describe('what is stored and passed on of a recorded stream', () => {
  for (const agent of ['opencode', 'copilot-cli']) {
    it(`of ${agent} holds no word of prompts, answers, commands and their output`, () => {
      const folders = readdirSync(join(FIXTURES, agent)).filter((name) => !name.endsWith('.md'));
      for (const signal of ['logs', 'metrics', 'traces'] as const) {
        for (const file of folders.map((name) => join(FIXTURES, agent, name, `otlp-${signal}.json`))) {
          if (!existsSync(file)) continue;
          for (const sent of JSON.parse(readFileSync(file, 'utf8')) as unknown[]) {
            const request = decodeRequest(signal, Buffer.from(JSON.stringify(sent)), 'json');
            const events = telemetryToEvents(signal, request, { receivedMs: 0 }).map(redactor.event);
            expect(JSON.stringify(events)).not.toMatch(CONTENT);
            expect(JSON.stringify(redactor.otlp(signal, request))).not.toMatch(CONTENT);
          }
        }
      }
    });
  }
});
