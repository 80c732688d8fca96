import type { Fact } from './fact.ts';
import { numberOf, textOf } from './values.ts';

/** How many tokens a file cost: those of arguments that name it and of results that come from it. */
export interface FileTokens {
  readonly filePath: string;
  /** Of prompts: what calls on the file answered. */
  readonly inputTokens: number;
  /** Of answers: what calls on the file were asked with. */
  readonly outputTokens: number;
  readonly calls: number;
}

type Part = Pick<
  Fact,
  'kind' | 'startMs' | 'endMs' | 'data' | 'inputTokens' | 'outputTokens' | 'cacheCreationTokens'
>;

/**
 * Divides the tokens of model calls among the files that tool calls were about, in proportion to the sizes of their
 * arguments and results. Pure. Nobody tells tokens by file: what the model said beside the calls is divided among them
 * as well, so that the shares are an upper bound. Empty where paths may not be told: calls then have none.
 * @param facts tool and model calls of a session, or of a part of it
 */
export function attributeTokens(facts: readonly Part[]): FileTokens[] {
  const tools = facts.filter(({ kind, endMs }) => kind === 'tool' && endMs !== null);
  const calls = facts
    .filter(
      ({ kind, data }) => kind === 'api' && data.query_source !== 'auxiliary' && data.aggregate !== true,
    )
    .sort((a, b) => (a.endMs ?? 0) - (b.endMs ?? 0));
  const asked = Map.groupBy(tools, ({ data }) => textOf(data.request_id));
  const answered = Map.groupBy(tools, (tool) =>
    calls.find((call) => (call.endMs ?? 0) > (tool.endMs ?? 0) && contextOf(call) === contextOf(tool)),
  );
  const files = new Map<string, FileTokens>();
  const add = (tool: Part, tokens: Partial<FileTokens>): void => {
    const filePath = textOf(tool.data.file_path);
    if (filePath === undefined) return;
    const known = files.get(filePath) ?? { filePath, inputTokens: 0, outputTokens: 0, calls: 0 };
    files.set(filePath, {
      filePath,
      inputTokens: known.inputTokens + (tokens.inputTokens ?? 0),
      outputTokens: known.outputTokens + (tokens.outputTokens ?? 0),
      calls: known.calls + (tokens.calls ?? 0),
    });
  };
  for (const tool of tools) add(tool, { calls: 1 });
  for (const call of calls) {
    const requestId = textOf(call.data.request_id);
    const asks = requestId === undefined ? [] : (asked.get(requestId) ?? []);
    divide(call.outputTokens, asks, 'input_size_bytes', (tool, outputTokens) => add(tool, { outputTokens }));
    const isNew = call.inputTokens + call.cacheCreationTokens;
    divide(isNew, answered.get(call) ?? [], 'output_size_bytes', (tool, inputTokens) =>
      add(tool, { inputTokens }),
    );
  }
  return [...files.values()].sort(
    (a, b) =>
      b.inputTokens + b.outputTokens - (a.inputTokens + a.outputTokens) || (a.filePath < b.filePath ? -1 : 1),
  );
}

/** A sub-agent has a context of its own. */
function contextOf({ data }: Part): string | undefined {
  return textOf(data.subagent_id);
}

function divide(
  tokens: number,
  tools: readonly Part[],
  size: 'input_size_bytes' | 'output_size_bytes',
  give: (tool: Part, tokens: number) => void,
): void {
  const sizeOf = ({ data }: Part): number => numberOf(data[size]) ?? 0;
  const whole = tools.reduce((sum, tool) => sum + sizeOf(tool), 0);
  if (whole === 0) return;
  for (const tool of tools) give(tool, Math.floor((tokens * sizeOf(tool)) / whole));
}
