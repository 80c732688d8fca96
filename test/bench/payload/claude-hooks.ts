/** What Claude Code posts to its hooks: tool calls of one session, two firings each, of 0.5 to 2.5 KB. */
import { type PlainBody, type Template, token, toTemplate } from './template.ts';

const CALLS = 16;

/** Calls of tools in turns; a firing is one request and one event. */
export function hookFirings(): Template {
  const session = token(1, 'uuid');
  const bodies: PlainBody[] = [];
  for (let call = 0; call < CALLS; call += 1) {
    const common = {
      session_id: session,
      transcript_path: `/home/dev/.claude/projects/-home-dev-shop/${session}.jsonl`,
      cwd: '/home/dev/shop',
      prompt_id: token(2, 'uuid'),
      permission_mode: 'acceptEdits',
      effort: { level: 'medium' },
      tool_name: call % 3 === 0 ? 'Edit' : 'Bash',
      tool_input:
        call % 3 === 0
          ? {
              file_path: '/home/dev/shop/src/größe.ts',
              old_string: 'a'.repeat(100),
              new_string: 'b'.repeat(120),
            }
          : { command: `npm test -- --filter ${call} 2>&1 | tail -40`, description: 'Run the tests' },
      tool_use_id: `toolu_${token(3 + call, 24)}`,
    };
    const response = { stdout: 'ok 42 — passed\n'.repeat(8 * (call % 8)), stderr: '', interrupted: false };
    for (const said of [
      { ...common, hook_event_name: 'PreToolUse' },
      { ...common, hook_event_name: 'PostToolUse', tool_response: response, duration_ms: 40 + call },
    ]) {
      bodies.push({ body: Buffer.from(JSON.stringify(said)), items: 1 });
    }
  }
  return toTemplate('application/json', bodies);
}
