import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../../../otel-bridge/privacy/redactor.ts';
import {
  familyRequests,
  familyScenarios,
  familyTelemetryEvents,
  familyTranscriptEvents,
} from '../../../helpers/gemini-family-fixtures.ts';

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
/** Parts of prompts, commands, results and system prompts. */
const CANARIES = ['[tools', '[fail]', '[parallel', 'echo tool', 'exit 3', 'Step 1 of', 'Core Mandates'];

describe.each(['gemini-cli', 'qwen-code'] as const)('what is kept of %s', (agent) => {
  describe.each(familyScenarios(agent))('scenario %s', (scenario) => {
    it.each(['logs', 'metrics', 'traces'] as const)('has no content in its own %s', (signal) => {
      const kept = familyRequests(agent, scenario, signal).map((request) => {
        redactor.otlp(signal, request);
        return request;
      });
      const text = JSON.stringify(kept);
      expect(CANARIES.filter((canary) => text.includes(canary))).toEqual([]);
      expect(text).not.toContain('command_args');
    });

    it('has no content in events', () => {
      const events = familyTelemetryEvents(agent, scenario).map((event) => redactor.event(event));
      const text = JSON.stringify([events, familyTranscriptEvents(agent, scenario)]);
      expect(CANARIES.filter((canary) => text.includes(canary))).toEqual([]);
    });
  });
});
