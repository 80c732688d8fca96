import { entryOf } from '../../domain/values.ts';
import type { AttributeReader } from '../attribute-reader.ts';

/**
 * What a span of the GenAI conventions is.
 * `call`: one call of a model. `tool`: one call of a tool. `agent`: a run of an agent or workflow, around both.
 */
export type SpanLevel = 'call' | 'tool' | 'agent';

const LEVELS: Readonly<Record<string, SpanLevel>> = {
  chat: 'call',
  text_completion: 'call',
  generate_content: 'call',
  embeddings: 'call',
  execute_tool: 'tool',
  invoke_agent: 'agent',
  invoke_workflow: 'agent',
};

/** What OpenLLMetry calls the operation in `llm.request.type`. */
const REQUEST_TYPES = new Set(['chat', 'completion', 'embedding', 'rerank']);

/** The level of a span by its attributes, of either generation of the conventions; undefined where it is none of them. */
export function spanLevel({ text, number }: AttributeReader): SpanLevel | undefined {
  const operation = text('gen_ai.operation.name');
  if (operation !== undefined) {
    const level = entryOf(LEVELS, operation);
    // A server's span of a call that its client tells as well, and protocol calls below a tool's own span.
    if (
      level === 'tool' &&
      text('mcp.method.name') !== undefined &&
      text('gen_ai.tool.call.id') === undefined
    )
      return undefined;
    return level;
  }
  if (REQUEST_TYPES.has(text('llm.request.type') ?? '')) return 'call';
  if (text('gen_ai.tool.call.id') !== undefined) return 'tool';
  const isModelCall =
    text('gen_ai.request.model') !== undefined || text('gen_ai.response.model') !== undefined;
  const hasTokens =
    number('gen_ai.usage.input_tokens') !== undefined || number('gen_ai.usage.prompt_tokens') !== undefined;
  return isModelCall && hasTokens ? 'call' : undefined;
}
