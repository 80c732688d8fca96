import type { Bodies } from './bodies.ts';
import type { PlannedCall, PlannedSession, PlannedTool } from './session-plan.ts';

const TOOLS = { shell: 'run_shell_command', read: 'read_file', edit: 'edit' } as const;

/** The lines of one of Qwen Code's transcripts. */
export function* qwenCodeLines({ id, cwd, turns }: PlannedSession, bodies: Bodies): Generator<string> {
  let lines = 0;
  const start = (atMs: number, type: string, provenance: string): string =>
    `{"uuid":"${id.slice(0, 24)}${String(++lines).padStart(12, '0')}","parentUuid":"${id.slice(0, 24)}${String(lines - 1).padStart(12, '0')}","sessionId":"${id}","timestamp":"${new Date(atMs).toISOString()}","type":"${type}","provenance":"${provenance}","cwd":"${cwd}","version":"0.24.4"`;
  const record = (atMs: number, name: string, fields: string): string =>
    `${start(atMs, 'system', 'system')},"subtype":"ui_telemetry","systemPayload":{"uiEvent":{"event.name":"qwen-code.${name}","event.timestamp":"${new Date(atMs).toISOString()}",${fields}}}}`;

  function* callLines(call: PlannedCall, promptId: string): Generator<string> {
    const { input, cacheRead, output, reasoning } = call.tokens;
    const prompt = input + cacheRead;
    yield record(
      call.atMs,
      'api_response',
      `"response_id":"chatcmpl-${call.id}","model":"${call.model}","status_code":200,"duration_ms":2400,"input_token_count":${prompt},"output_token_count":${output},"cached_content_token_count":${cacheRead},"thoughts_token_count":${reasoning},"total_token_count":${prompt + output},"prompt_id":"${promptId}","auth_type":"openai","ttft_ms":895`,
    );
    const asked = call.tools.map(
      (tool) => `,{"functionCall":{"id":"${tool.id}","name":"${TOOLS[tool.kind]}","args":${args(tool)}}}`,
    );
    const thought =
      call.thinkingBytes > 0 ? `{"text":"${bodies.text(call.thinkingBytes)}","thought":true},` : '';
    yield `${start(call.atMs, 'assistant', 'assistant_output')},"model":"${call.model}","message":{"role":"model","parts":[${thought}{"text":"${bodies.text(call.textBytes)}"}${asked.join('')}]},"usageMetadata":{"promptTokenCount":${prompt},"candidatesTokenCount":${output}},"contextWindowSize":1000000}`;
    for (const tool of call.tools) yield* toolLines(tool, call, promptId);
  }

  function* toolLines(tool: PlannedTool, call: PlannedCall, promptId: string): Generator<string> {
    const atMs = call.atMs + tool.durationMs;
    const failed = tool.kind === 'shell' && tool.exitCode !== 0;
    const output = bodies.text(tool.outputBytes);
    const status = failed ? 'error' : 'success';
    const error = failed ? `,"error":"Exit Code: ${tool.exitCode}","error_type":"shell_execute_error"` : '';
    yield record(
      atMs,
      'tool_call',
      `"call_id":"${tool.id}","function_name":"${TOOLS[tool.kind]}","function_args":${args(tool)},"duration_ms":${tool.durationMs},"status":"${status}","execution_status":"${status}","success":${!failed},"decision":"auto_accept"${error},"prompt_id":"${promptId}","response_id":"chatcmpl-${call.id}","tool_type":"native","content_length":${output.length}`,
    );
    yield `${start(atMs, 'tool_result', 'tool_result')},"message":{"role":"user","parts":[{"functionResponse":{"id":"${tool.id}","name":"${TOOLS[tool.kind]}","response":{"output":"${output}"}}}]},"toolCallResult":{"callId":"${tool.id}","status":"${status}","resultDisplay":{"type":"shell_result","output":"${output}"}}}`;
  }

  function args({ kind, inputBytes }: PlannedTool): string {
    return kind === 'shell' ? `{"command":"${bodies.text(inputBytes)}"}` : `{"file_path":"${cwd}/src/a.ts"}`;
  }

  for (const [index, turn] of turns.entries()) {
    yield `${start(turn.atMs, 'user', 'real_user')},"message":{"role":"user","parts":[{"text":"${bodies.text(turn.promptBytes)}"}]}}`;
    yield `${start(turn.atMs, 'system', 'system')},"subtype":"attribution_snapshot","systemPayload":{"snapshot":{"type":"attribution-snapshot","version":1,"fileStates":{"text":"${bodies.text(900)}"}}}}`;
    for (const call of turn.calls) yield* callLines(call, `${id}########${index}`);
  }
}
