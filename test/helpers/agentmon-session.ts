import { randomUUID } from 'node:crypto';

/** Usage that the session of `agentmonSession` tells, twice: in run.end and in metric.snapshot. */
export const SESSION_USAGE = {
  input_tokens: 1200,
  output_tokens: 345,
  cache_read_tokens: 6700,
  cache_write_tokens: 89,
  total_tokens: 1545,
  total_cost: 0.012345,
} as const;

/** A session as agentmon's senders write it: two runs with tools, an error, usage told twice. */
export function agentmonSession(options: { project: string; agent: string; startMs: number }): {
  sessionId: string;
  events: Record<string, unknown>[];
} {
  const sessionId = randomUUID();
  let tick = 0;
  const event = (type: string, correlation: object, payload: object): Record<string, unknown> => {
    tick += 1;
    return {
      schema: { name: 'agentmon.event', version: 1 },
      event: {
        id: randomUUID(),
        type,
        ts: new Date(options.startMs + tick * 250).toISOString(),
        source: { framework: 'openclaw', client_id: 'zap', host: 'zap' },
      },
      correlation: { session_id: sessionId, ...correlation },
      attributes: { project: options.project, agent: options.agent },
      payload,
    };
  };
  const run = (): Record<string, unknown>[] => {
    const run_id = randomUUID();
    const span_id = randomUUID();
    return [
      event('run.start', { run_id }, {}),
      event('span.start', { run_id, span_id }, { kind: 'tool', tool_name: 'exec' }),
      event(
        'span.end',
        { run_id, span_id },
        { kind: 'tool', tool_name: 'exec', status: 'success', duration_ms: 250 },
      ),
      event('run.end', { run_id }, { status: 'success', duration_ms: 900, usage: SESSION_USAGE }),
      event('metric.snapshot', { run_id }, { usage: SESSION_USAGE }),
    ];
  };
  return {
    sessionId,
    events: [
      event('session.start', {}, {}),
      ...run(),
      event('error', {}, { message: 'the gateway hung up' }),
      ...run(),
      event('session.end', {}, {}),
    ],
  };
}
