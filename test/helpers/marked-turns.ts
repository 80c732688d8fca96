/** A tool call that a scripted model asks for. */
export interface ScriptedCall {
  name: string;
  input: Record<string, unknown>;
}

/** How an agent's tools are called. */
export interface ScriptedTools {
  shell(command: string): ScriptedCall;
  write(path: string): ScriptedCall;
  /** Undefined where the agent has no sub-agents, or offers none in this request. */
  subAgent(prompt: string, background: boolean): ScriptedCall | undefined;
}

/** `[marker]` or `[marker rest]`, where rest may hold one more level of brackets. */
const MARKERS =
  /\[(tools|parallel|fail|bash|write|agents?|background|call)(?: ((?:[^[\]]|\[[^[\]]*\])*))?\]/g;

/**
 * What a scripted model does for a prompt, one element a turn, in the order of the prompt's markers:
 *
 * - `[tools N]` N turns with one command each
 * - `[parallel N]` one turn with N commands
 * - `[fail]` one command that exits with 3
 * - `[bash COMMAND]`, `[write PATH]` one call
 * - `[agents N]`, `[agent]` one turn with N sub-agents that run one command each; `[background]` one in the background
 * - `[call NAME JSON]` one call of any tool; brackets in it must be paired
 */
export function markedTurns(prompt: string, tools: ScriptedTools): ScriptedCall[][] {
  const turns: ScriptedCall[][] = [];
  for (const [, marker = '', rest = ''] of prompt.matchAll(MARKERS)) {
    const numbers = Array.from({ length: Number.parseInt(rest, 10) || 1 }, (_, i) => i + 1);
    if (marker === 'tools') turns.push(...numbers.map((i) => [tools.shell(`echo tool ${i}`)]));
    if (marker === 'parallel') turns.push(numbers.map((i) => tools.shell(`echo parallel ${i}`)));
    if (marker === 'fail') turns.push([tools.shell('echo failing >&2; exit 3')]);
    if (marker === 'bash') turns.push([tools.shell(rest)]);
    if (marker === 'write') turns.push([tools.write(rest)]);
    if (marker === 'call') turns.push([parseCall(rest)]);
    if (marker === 'agent' || marker === 'agents' || marker === 'background') {
      const calls = numbers.map((i) => tools.subAgent(`sub-task ${i} [tools 1]`, marker === 'background'));
      turns.push(calls.filter((call) => call !== undefined));
    }
  }
  return turns.filter((calls) => calls.length > 0);
}

/** True where a text holds at least one marker. */
export function isMarked(text: string): boolean {
  return text.search(MARKERS) >= 0;
}

function parseCall(text: string): ScriptedCall {
  const space = text.indexOf(' ');
  if (space < 0) return { name: text, input: {} };
  return { name: text.slice(0, space), input: JSON.parse(text.slice(space + 1)) as Record<string, unknown> };
}
