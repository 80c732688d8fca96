import type { Fact } from '../domain/fact.ts';
import type { Attributes, SpanRecord } from '../domain/outbox.ts';
import { textOf } from '../domain/values.ts';
import { spanIdOf, traceIdOf } from './ids.ts';
import { type Owner, toResource } from './resource.ts';

/**
 * The span of a settled fact: the run is the root, tool calls, model calls, sub-agents and compactions hang below it.
 * Names and attributes follow the GenAI semantic conventions (invoke_agent, execute_tool, chat).
 * @returns null where the fact is no span or not whole.
 */
export function toSpan(fact: Fact, owner: Owner, instanceId: string): SpanRecord | null {
  const { sessionId, endMs } = fact;
  if (sessionId === null || endMs === null) return null;
  const startMs = fact.startMs ?? (fact.durationMs === null ? null : endMs - fact.durationMs);
  const shape = shapeOf(fact, owner);
  if (startMs === null || shape === null) return null;
  const runSpanId = fact.runId === null ? undefined : spanIdOf(sessionId, `run:${fact.runId}`);
  const parentSpanId = fact.parentSpanId === null ? undefined : spanIdOf(sessionId, fact.parentSpanId);
  const parent = fact.kind === 'run' ? parentSpanId : (parentSpanId ?? runSpanId);
  const failed = fact.outcome === 'failure' || fact.outcome === 'error';
  return {
    resource: toResource(owner, owner.framework, instanceId),
    traceId: traceIdOf(sessionId, fact.runId, fact.traceId),
    spanId: fact.kind === 'run' && runSpanId !== undefined ? runSpanId : spanIdOf(sessionId, shape.id),
    ...(parent === undefined ? {} : { parentSpanId: parent }),
    name: shape.name,
    kind: fact.kind === 'api' ? 3 : 1,
    startTimeUnixNano: toNano(Math.min(startMs, endMs)),
    endTimeUnixNano: toNano(endMs),
    attributes: {
      'gen_ai.conversation.id': sessionId,
      'session.id': sessionId,
      ...(fact.runId === null ? {} : { 'run.id': fact.runId }),
      'agent.outcome': fact.outcome,
      ...shape.attributes,
    },
    statusCode: failed ? 2 : fact.outcome === 'success' ? 1 : 0,
    ...(failed ? { statusMessage: textOf(fact.data.error_type) ?? fact.outcome } : {}),
  };
}

function shapeOf(fact: Fact, owner: Owner): { id: string; name: string; attributes: Attributes } | null {
  const id = textOf(fact.data.span_id) ?? fact.key;
  const name = fact.name ?? 'unknown';
  switch (fact.kind) {
    case 'run':
      return {
        id,
        name: `invoke_agent ${owner.agent}`,
        attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': owner.agent },
      };
    case 'tool':
      return {
        id,
        name: `execute_tool ${name}`,
        attributes: {
          'gen_ai.operation.name': 'execute_tool',
          'gen_ai.tool.name': name,
          'gen_ai.tool.call.id': id,
        },
      };
    case 'api':
      return {
        id,
        name: `chat ${name}`,
        attributes: {
          'gen_ai.operation.name': 'chat',
          'gen_ai.request.model': name,
          'gen_ai.usage.input_tokens': fact.inputTokens + fact.cacheReadTokens + fact.cacheCreationTokens,
          'gen_ai.usage.output_tokens': fact.outputTokens,
          'gen_ai.usage.cache_read.input_tokens': fact.cacheReadTokens,
          'gen_ai.usage.cache_creation.input_tokens': fact.cacheCreationTokens,
          ...(fact.costNanoUsd === null ? {} : { 'agent.cost.usd': fact.costNanoUsd / 1e9 }),
        },
      };
    case 'span':
      return { id, name, attributes: { 'agent.span.kind': textOf(fact.data.kind) ?? 'other' } };
    default:
      return null;
  }
}

function toNano(ms: number): string {
  return (BigInt(Math.round(ms * 1000)) * 1000n).toString();
}
