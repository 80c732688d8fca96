import type { Bodies } from './bodies.ts';
import type { PlannedCall, PlannedSession, PlannedTool } from './session-plan.ts';

const TOOLS = { shell: 'run_shell_command', read: 'read_file', edit: 'replace' } as const;

/** The lines of one of Gemini CLI's transcripts. It writes a message again once its tools are done. */
export function* geminiCliLines({ id, cwd, turns }: PlannedSession, bodies: Bodies): Generator<string> {
  const iso = (ms: number): string => new Date(ms).toISOString();
  const touched = (ms: number): string => `{"$set":{"lastUpdated":"${iso(ms)}"}}`;

  function* callLines(call: PlannedCall): Generator<string> {
    const { input, cacheRead, output, reasoning } = call.tokens;
    const prompt = input + cacheRead;
    const thoughts =
      call.thinkingBytes > 0
        ? `{"subject":"Plan","description":"${bodies.text(call.thinkingBytes / 4)}","timestamp":"${iso(call.atMs)}"}`
        : '';
    const message = `"id":"m-${call.id}","timestamp":"${iso(call.atMs)}","type":"gemini","content":"${bodies.text(call.textBytes)}","thoughts":[${thoughts}],"tokens":{"input":${prompt},"output":${output - reasoning},"cached":${cacheRead},"thoughts":${reasoning},"tool":0,"total":${prompt + output}},"model":"${call.model}"`;
    yield `{${message}}`;
    yield touched(call.atMs);
    if (call.tools.length === 0) return;
    const outputs = call.tools.map((tool) => bodies.text(tool.outputBytes));
    const calls = call.tools.map((tool, index) =>
      toolCall(tool, outputs[index] ?? '', call.atMs + tool.durationMs),
    );
    yield `{${message},"toolCalls":[${calls.join()}]}`;
    const answers = call.tools.map((tool, index) => answer(tool, outputs[index] ?? ''));
    yield `{"id":"r-${call.id}","timestamp":"${iso(call.atMs)}","type":"user","content":[${answers.join()}]}`;
    yield touched(call.atMs);
  }

  function answer(tool: PlannedTool, output: string): string {
    return `{"functionResponse":{"id":"${tool.id}","name":"${TOOLS[tool.kind]}","response":{"output":"<untrusted_context>\\nOutput: ${output}\\nExit Code: ${tool.exitCode}\\n</untrusted_context>"}}}`;
  }

  function toolCall(tool: PlannedTool, output: string, endMs: number): string {
    const args = tool.kind === 'shell' ? `{"command":"npm test"}` : `{"file_path":"${cwd}/src/a.ts"}`;
    return `{"id":"${tool.id}","name":"${TOOLS[tool.kind]}","args":${args},"result":[${answer(tool, output)}],"status":"success","timestamp":"${iso(endMs)}","resultDisplay":"${output}","displayName":"Shell"}`;
  }

  const startMs = turns[0]?.atMs ?? 0;
  yield `{"sessionId":"${id}","projectHash":"${bodies.code(32)}","startTime":"${iso(startMs)}","lastUpdated":"${iso(startMs)}","kind":"main"}`;
  yield `{"$set":{"messages":[{"id":"s-${id}","timestamp":"${iso(startMs)}","type":"user","content":[{"text":"<session_context>\\nThis is the Gemini CLI.\\n- **Workspace Directories:**\\n  - ${cwd}\\n- **Directory Structure:**\\n${bodies.text(3000)}</session_context>"}]}],"lastUpdated":"${iso(startMs)}"}}`;
  for (const turn of turns) {
    yield `{"id":"${turn.id}","timestamp":"${iso(turn.atMs)}","type":"user","content":[{"text":"${bodies.text(turn.promptBytes)}"}]}`;
    yield touched(turn.atMs);
    for (const call of turn.calls) yield* callLines(call);
  }
}
