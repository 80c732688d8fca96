/** Who made a model call, in the bridge's own words. */
export interface QuerySource {
  readonly query_source: 'main' | 'subagent' | 'auxiliary';
  /** Type of the sub-agent. */
  readonly subagent?: string;
  /** What an auxiliary call was for. */
  readonly purpose?: string;
}

/**
 * Reads Claude Code's free-form `query_source`: `sdk` and `repl_main_thread...` are the conversation,
 * `agent:builtin:<type>` and `agent:custom...` a sub-agent, anything else (`compact`, `generate_session_title`) a helper.
 * @param agentName attribute `agent.name`, set on calls of sub-agents.
 */
export function readQuerySource(source: string | undefined, agentName?: string): QuerySource {
  if (source?.startsWith('agent:') || (source === undefined && agentName !== undefined)) {
    const subagent = agentName ?? source?.split(':').at(-1);
    return { query_source: 'subagent', ...(subagent === undefined ? {} : { subagent }) };
  }
  if (source === undefined || source === 'sdk' || source.startsWith('repl_main_thread')) {
    return { query_source: 'main' };
  }
  return { query_source: 'auxiliary', purpose: source };
}
