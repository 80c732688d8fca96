import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

let made = 0;

/** A home with transcripts of Claude Code, in a temporary folder. */
export class TranscriptHome implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'transcripts-'));
  readonly home = join(this.folder, 'home');
  readonly stateFile = join(this.folder, 'state', 'transcripts.json');

  constructor() {
    mkdirSync(this.home);
  }

  /** Path of a session's transcript. */
  path(session: string, project = '-demo'): string {
    return join(this.home, '.claude', 'projects', project, `${session}.jsonl`);
  }

  /** Writes a transcript anew. @returns its path */
  write(session: string, lines: readonly string[], project = '-demo'): string {
    const path = this.path(session, project);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The two lines of one turn: a prompt and its answer. Events: session.start (first turn), prompt, api.request. */
export function turnLines(session: string, at: Date = new Date(), text = 'hello'): string[] {
  made += 1;
  const common = {
    sessionId: session,
    timestamp: at.toISOString(),
    cwd: '/home/dev/demo',
    version: '2.1.329',
  };
  const answer = {
    id: `msg_${made}`,
    model: 'claude-opus-5-5',
    stop_reason: 'tool_use',
    content: [],
    usage: { input_tokens: 10, output_tokens: 5 },
  };
  return [
    JSON.stringify({
      ...common,
      type: 'user',
      uuid: `user-${made}`,
      promptId: `prompt-${made}`,
      promptSource: 'sdk',
      message: { content: text },
    }),
    JSON.stringify({
      ...common,
      type: 'assistant',
      uuid: `answer-${made}`,
      requestId: `req_${made}`,
      message: answer,
    }),
  ];
}
