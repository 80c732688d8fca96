import type { Bodies } from './bodies.ts';
import type { PlannedCall, PlannedSession, PlannedTool, PlannedTurn } from './session-plan.ts';

const VERSION = '2.1.329';
const TOOLS = { shell: 'Bash', read: 'Read', edit: 'Edit' } as const;

/** The lines of one of Claude Code's transcripts. @param subagentId set where it is that of a sub-agent */
export function* claudeCodeLines(
  session: PlannedSession,
  bodies: Bodies,
  subagentId?: string,
): Generator<string> {
  const { id: sessionId, cwd } = session;
  let lines = 0;
  // Ids of lines are told apart by the file that they are in.
  const prefix =
    subagentId === undefined ? sessionId.slice(0, 24) : `${subagentId.slice(-8)}${sessionId.slice(8, 24)}`;
  const uuid = (): string => `${prefix}${String(++lines).padStart(12, '0')}`;
  const agent = subagentId === undefined ? '' : `"agentId":"${subagentId}",`;
  const common = (atMs: number): string =>
    `"timestamp":"${new Date(atMs).toISOString()}","userType":"external","entrypoint":"cli","cwd":"${cwd}","sessionId":"${sessionId}","version":"${VERSION}","gitBranch":"main"}`;
  const start = (): string => `{"parentUuid":"${uuid()}","isSidechain":${subagentId !== undefined},${agent}`;

  function* turnLines(turn: PlannedTurn): Generator<string> {
    yield `{"type":"file-history-snapshot","messageId":"${uuid()}","snapshot":{"trackedFileBackups":{},"text":"${bodies.text(400)}"},"isSnapshotUpdate":false}`;
    yield `${start()}"promptId":"${turn.id}","type":"user","message":{"role":"user","content":"${bodies.text(turn.promptBytes)}"},"uuid":"${uuid()}","permissionMode":"default","promptSource":"typed",${common(turn.atMs)}`;
    yield `${start()}"attachment":{"type":"session_context","content":"${bodies.text(600)}"},"type":"attachment","uuid":"${uuid()}",${common(turn.atMs)}`;
    for (const call of turn.calls) {
      yield* callLines(call);
      let atMs = call.atMs;
      for (const tool of call.tools) {
        atMs += tool.durationMs;
        yield resultLine(turn, tool, atMs);
      }
    }
  }

  function* callLines(call: PlannedCall): Generator<string> {
    const requestRef = uuid();
    const { input, output, cacheRead, cacheCreation, reasoning } = call.tokens;
    yield `{"type":"api-request-blob","sessionId":"${sessionId}","hash":"${bodies.code(64)}","message":{"text":"${bodies.text(300)}"}}`;
    yield `{"type":"api-request","sessionId":"${sessionId}","id":"${requestRef}","timestamp":"${new Date(call.atMs - 2000).toISOString()}","version":"${VERSION}","querySource":"repl_main_thread","shapeHash":"${bodies.code(64)}","params":{"model":"${call.model}","max_tokens":32000},"keep":2,"tail":["${bodies.code(64)}","${bodies.code(64)}"]}`;
    const stop = call.tools.length > 0 ? 'tool_use' : 'end_turn';
    const usage = `{"input_tokens":${input},"cache_creation_input_tokens":${cacheCreation},"cache_read_input_tokens":${cacheRead},"output_tokens":${output},"output_tokens_details":{"thinking_tokens":${reasoning}},"server_tool_use":{"web_search_requests":0,"web_fetch_requests":0},"service_tier":"standard","cache_creation":{"ephemeral_1h_input_tokens":0,"ephemeral_5m_input_tokens":${cacheCreation}}}`;
    const blocks = [
      ...(call.thinkingBytes > 0
        ? [
            `{"type":"thinking","thinking":"${bodies.text(call.thinkingBytes)}","signature":"${bodies.code(800)}"}`,
          ]
        : []),
      `{"type":"text","text":"${bodies.text(call.textBytes)}"}`,
      ...call.tools.map(
        (tool) =>
          `{"type":"tool_use","id":"toolu_${tool.id}","name":"${TOOLS[tool.kind]}","input":${toolInput(tool)}}`,
      ),
    ];
    for (const [index, block] of blocks.entries()) {
      yield `${start()}"message":{"id":"msg_${call.id}","type":"message","role":"assistant","model":"${call.model}","content":[${block}],"stop_reason":"${stop}","stop_sequence":null,"usage":${usage}},"apiBlockIndex":${index},"requestId":"req_${call.id}","requestRef":"${requestRef}","type":"assistant","uuid":"${uuid()}",${common(call.atMs)}`;
    }
  }

  function toolInput({ kind, inputBytes }: PlannedTool): string {
    if (kind === 'shell') return `{"command":"${bodies.text(inputBytes)}","description":"Run the tests"}`;
    if (kind === 'read')
      return `{"file_path":"${cwd}/src/part-${inputBytes % 97}.ts","offset":1,"limit":200}`;
    const half = bodies.text(inputBytes / 2);
    return `{"file_path":"${cwd}/src/part-${inputBytes % 97}.ts","old_string":"${half}","new_string":"${half} more"}`;
  }

  function resultLine({ id }: PlannedTurn, tool: PlannedTool, atMs: number): string {
    const output = bodies.text(tool.outputBytes);
    const failed = tool.kind === 'shell' && tool.exitCode !== 0;
    const content = failed ? `Exit code ${tool.exitCode}\\n${output}` : output;
    const result = failed
      ? `"Error: Exit code ${tool.exitCode}\\n${output}"`
      : {
          shell: `{"stdout":"${output}","stderr":"","interrupted":false,"isImage":false}`,
          read: `{"type":"text","file":{"filePath":"${cwd}/src/a.ts","content":"${output}","numLines":40,"startLine":1,"totalLines":40}}`,
          edit: `{"filePath":"${cwd}/src/a.ts","oldString":"a","newString":"b","originalFile":"${output}","structuredPatch":[{"oldStart":1,"oldLines":1,"newStart":1,"newLines":2,"lines":["-a","+b","+c"]}]}`,
        }[tool.kind];
    return `${start()}"promptId":"${id}","type":"user","message":{"role":"user","content":[{"tool_use_id":"toolu_${tool.id}","type":"tool_result","content":"${content}","is_error":${failed}}]},"uuid":"${uuid()}","toolUseResult":${result},"permissionDecision":{"decision":"accept","source":"config"},${common(atMs)}`;
  }

  for (const turn of session.turns) yield* turnLines(turn);
}
