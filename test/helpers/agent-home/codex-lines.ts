import type { Bodies } from './bodies.ts';
import type { PlannedCall, PlannedSession, PlannedTool, PlannedTurn } from './session-plan.ts';

/** The lines of one of Codex's transcripts. */
export function* codexLines({ id, cwd, turns }: PlannedSession, bodies: Bodies): Generator<string> {
  let ordinal = 0;
  const line = (atMs: number, type: string, payload: string): string =>
    `{"timestamp":"${new Date(atMs).toISOString()}","ordinal":${ordinal++},"type":"${type}","payload":${payload}}`;
  const sum = { input: 0, cached: 0, output: 0, reasoning: 0 };
  const usage = (input: number, cached: number, output: number, reasoning: number): string =>
    `{"input_tokens":${input},"cached_input_tokens":${cached},"cache_write_input_tokens":0,"output_tokens":${output},"reasoning_output_tokens":${reasoning},"total_tokens":${input + output}}`;

  function* turnLines(turn: PlannedTurn): Generator<string> {
    const { atMs } = turn;
    const model = turn.calls[0]?.model;
    const prompt = bodies.text(turn.promptBytes);
    yield line(
      atMs,
      'event_msg',
      `{"type":"task_started","turn_id":"${turn.id}","started_at":${Math.round(atMs / 1000)},"model_context_window":258400}`,
    );
    yield line(atMs, 'world_state', `{"full":true,"state":{"text":"${bodies.text(1500)}"}}`);
    yield line(
      atMs,
      'turn_context',
      `{"turn_id":"${turn.id}","cwd":"${cwd}","approval_policy":"never","model":"${model}","collaboration_mode":{"mode":"default","settings":{"model":"${model}","reasoning_effort":"medium","developer_instructions":null}},"summary":"none","sandbox_policy":{"type":"workspace-write"}}`,
    );
    yield line(
      atMs,
      'response_item',
      `{"type":"message","id":"msg_${turn.id}","role":"user","content":[{"type":"input_text","text":"${prompt}"}]}`,
    );
    yield line(
      atMs,
      'event_msg',
      `{"type":"item_completed","thread_id":"${id}","turn_id":"${turn.id}","item":{"type":"UserMessage","id":"u${turn.id}","content":[{"type":"text","text":"${prompt}","text_elements":[]}]}}`,
    );
    let endMs = atMs;
    for (const call of turn.calls) {
      yield* callLines(turn, call);
      endMs = call.atMs;
    }
    yield line(
      endMs,
      'event_msg',
      `{"type":"task_complete","turn_id":"${turn.id}","last_agent_message":"All done.","duration_ms":${endMs - atMs},"time_to_first_token_ms":620}`,
    );
  }

  function* callLines(turn: PlannedTurn, call: PlannedCall): Generator<string> {
    const { atMs, tokens } = call;
    const input = tokens.input + tokens.cacheRead;
    sum.input += input;
    sum.cached += tokens.cacheRead;
    sum.output += tokens.output;
    sum.reasoning += tokens.reasoning;
    if (call.thinkingBytes > 0)
      yield line(
        atMs,
        'response_item',
        `{"type":"reasoning","id":"rs_${call.id}","summary":[],"encrypted_content":"${bodies.code(call.thinkingBytes)}"}`,
      );
    yield line(
      atMs,
      'event_msg',
      `{"type":"item_completed","thread_id":"${id}","turn_id":"${turn.id}","item":{"type":"AgentMessage","id":"m_${call.id}","content":[{"type":"Text","text":"${bodies.text(call.textBytes)}"}]}}`,
    );
    yield line(
      atMs,
      'response_item',
      `{"type":"message","id":"m_${call.id}","role":"assistant","content":[{"type":"output_text","text":"${bodies.text(call.textBytes)}"}]}`,
    );
    for (const tool of call.tools)
      yield line(
        atMs,
        'response_item',
        `{"type":"function_call","id":"fc_${tool.id}","name":"exec_command","arguments":"{\\"cmd\\":\\"rg -n pattern-${tool.inputBytes} src\\"}","call_id":"call_${tool.id}"}`,
      );
    const last = usage(input, tokens.cacheRead, tokens.output, tokens.reasoning);
    const total = usage(sum.input, sum.cached, sum.output, sum.reasoning);
    yield line(
      atMs,
      'token_usage_record',
      `{"thread_id":"${id}","turn_id":"${turn.id}","session_id":"${id}","response_id":"resp_${call.id}","usage":${last},"turn_token_usage":${last},"thread_token_usage":${total}}`,
    );
    for (const tool of call.tools) yield* toolLines(turn, tool, atMs + tool.durationMs);
    yield line(
      atMs,
      'event_msg',
      `{"type":"token_count","info":{"total_token_usage":${total},"last_token_usage":${last},"model_context_window":258400},"rate_limits":{"limit_id":"codex","primary":null,"secondary":null}}`,
    );
  }

  function* toolLines(turn: PlannedTurn, tool: PlannedTool, atMs: number): Generator<string> {
    const output = bodies.text(tool.outputBytes);
    yield line(
      atMs,
      'event_msg',
      `{"type":"item_completed","thread_id":"${id}","turn_id":"${turn.id}","item":{"type":"CommandExecution","id":"call_${tool.id}","process_id":"9052","command":["/bin/bash","-lc","rg"],"cwd":"file://${cwd}","status":"completed","aggregated_output":"${output}","exit_code":${tool.exitCode},"duration":{"secs":0,"nanos":12399}},"completed_at_ms":${atMs}}`,
    );
    yield line(
      atMs,
      'response_item',
      `{"type":"function_call_output","id":"fco_${tool.id}","call_id":"call_${tool.id}","output":"Chunk ID: 324eef\\nWall time: 0.0000 seconds\\nProcess exited with code ${tool.exitCode}\\nOutput:\\n${output}"}`,
    );
  }

  const startMs = turns[0]?.atMs ?? 0;
  yield line(
    startMs,
    'session_meta',
    `{"session_id":"${id}","id":"${id}","timestamp":"${new Date(startMs).toISOString()}","cwd":"${cwd}","originator":"codex_cli_rs","cli_version":"0.169.0","source":"cli","thread_source":"user","model_provider":"openai","base_instructions":{"text":"${bodies.text(12_000)}"},"git":{"branch":"main"}}`,
  );
  for (const turn of turns) yield* turnLines(turn);
}
