/** OTLP log records as Claude Code writes them, of about 300 bytes each. */

import { anyValue, keyValues, type PlainValue } from '../../../otel-bridge/otlp/attributes.ts';
import { encodeRequest } from '../../../otel-bridge/otlp/codec.ts';
import type { LogsRequest, Loose, OtlpLogRecord } from '../../../otel-bridge/otlp/types.ts';
import { type PlainBody, type Template, TIME_NANO, token, toTemplate } from './template.ts';

/** Bodies of a cycle: enough that no two requests in flight are alike. */
const BODIES = 4;
const TOOLS = ['Bash', 'Read', 'Edit', 'Grep'];

/** What to send. */
export interface LogRecordsOptions {
  readonly perRequest: number;
  /** `service.name`. An agent that the bridge knows gives an event for each record; any other is kept as it came. */
  readonly service: string;
}

/** Export requests of log records, in protobuf. */
export function logRecords({ perRequest, service }: LogRecordsOptions): Template {
  let next = 1;
  const take = (): number => next++;
  const bodies: PlainBody[] = [];
  for (let body = 0; body < BODIES; body++) {
    const session = token(take(), 'uuid');
    const prompt = token(take(), 'uuid');
    const records = Array.from({ length: perRequest }, (_, index) =>
      record(index + body, session, prompt, take()),
    );
    bodies.push({ body: request(service, records), items: perRequest });
  }
  return toTemplate('application/x-protobuf', bodies);
}

function record(index: number, session: string, prompt: string, id: number): Loose<OtlpLogRecord> {
  const { name, ...attributes } = meaning(index, id);
  const common = {
    'session.id': session,
    'prompt.id': prompt,
    'event.name': name,
    'event.sequence': index,
  };
  return {
    timeUnixNano: TIME_NANO,
    observedTimeUnixNano: TIME_NANO,
    body: anyValue(`claude_code.${name}`),
    attributes: keyValues({ ...common, ...attributes }),
  };
}

function meaning(index: number, id: number): Record<string, PlainValue> & { readonly name: string } {
  const tool = TOOLS[index % TOOLS.length] ?? 'Bash';
  const toolUse = `toolu_${token(id, 24)}`;
  switch (index % 4) {
    case 0:
      return {
        name: 'api_request',
        model: 'claude-opus-5-5',
        request_id: `req_${token(id, 24)}`,
        input_tokens: 3,
        output_tokens: 180 + (index % 900),
        cache_read_tokens: 15_000,
        cost_usd: 0.0123,
        duration_ms: 1800 + (index % 700),
      };
    case 1:
      return {
        name: 'tool_decision',
        tool_name: tool,
        tool_use_id: toolUse,
        decision: 'accept',
        source: 'config',
      };
    default:
      return {
        name: 'tool_result',
        tool_name: tool,
        tool_use_id: toolUse,
        success: true,
        duration_ms: index % 4000,
      };
  }
}

function request(service: string, logRecords: readonly Loose<OtlpLogRecord>[]): Uint8Array {
  const body: Loose<LogsRequest> = {
    resourceLogs: [
      {
        resource: {
          attributes: keyValues({
            'service.name': service,
            'service.version': '2.1.329',
            project: 'acme/shop.web',
            agent: 'dev',
            'host.name': 'build-7.example',
          }),
        },
        scopeLogs: [{ scope: { name: 'com.anthropic.claude_code.events' }, logRecords }],
      },
    ],
  };
  return encodeRequest('logs', body);
}
