import { execFileSync } from 'node:child_process';

/** What `post-commit` tells of the commit that was made, as the bridge's git adapter reads it. */
export interface CommitDescription {
  readonly hook_event_name: 'post-commit';
  readonly sha: string;
  /** First words of the reflog's line: `commit`, `commit (amend)`, `rebase (pick)`, `cherry-pick`. */
  readonly action: string;
  readonly branch: string | null;
  readonly cwd: string;
  /** Absent, as are lines, where git takes too long to say. */
  readonly files_changed?: number;
  readonly lines_added?: number;
  readonly lines_removed?: number;
  readonly message_size_bytes: number;
  /** `Agent`, `Task`, `Session`, `Confidence`, `Tests`, `Review` of the message, in lower case. */
  readonly trailers: Readonly<Record<string, string>>;
  /** Framework and session of the agent that commits, as its environment says. */
  readonly agent: string | null;
  readonly session_id: string | null;
}

const TRAILERS = ['Agent', 'Task', 'Session', 'Confidence', 'Tests', 'Review'];
/** Each of the three questions takes some milliseconds; what takes this long is not told. */
const TIMEOUT_MS = 500;
/** What git may say of a commit; that of a hundred thousand files is a tenth of it. */
const MAX_OUTPUT = 64 * 1024 * 1024;

/** Looks at the newest commit of a folder. @throws Error where git does not say in time which one that is */
export function describeCommit(
  cwd: string,
  env: Readonly<NodeJS.ProcessEnv>,
  timeoutMs = TIMEOUT_MS,
): CommitDescription {
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'log.showSignature=false', ...args], {
      cwd,
      encoding: 'utf8',
      maxBuffer: MAX_OUTPUT,
      timeout: timeoutMs,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const trailer = (key: string): string => `%(trailers:key=${key},valueonly,unfold,separator=%x2C )`;
  const format = ['%H', '%D', ...TRAILERS.map(trailer), '%B'].join('%x00');
  const [sha = '', refs = '', ...rest] = git('log', '-1', '--decorate=short', `--format=${format}`).split(
    '\0',
  );
  const values = rest.slice(0, TRAILERS.length);
  const message = rest.slice(TRAILERS.length).join('\0').replace(/\n$/, '');
  const action = git('log', '-g', '-1', '--format=%gs', 'HEAD').split(':', 1)[0]?.trim() ?? '';
  return {
    hook_event_name: 'post-commit',
    sha,
    action,
    branch: /HEAD -> ([^,]+)/.exec(refs)?.[1] ?? null,
    cwd,
    ...countChanges(git),
    message_size_bytes: Buffer.byteLength(message),
    trailers: Object.fromEntries(
      TRAILERS.map((key, index): [string, string] => [key.toLowerCase(), values[index]?.trim() ?? '']).filter(
        ([, value]) => value !== '',
      ),
    ),
    ...committingAgent(env),
  };
}

function countChanges(git: (...args: string[]) => string): Partial<CommitDescription> {
  try {
    const lines = git('show', '--numstat', '--format=', '--no-renames', 'HEAD').split('\n').filter(Boolean);
    const sum = (column: number): number =>
      // A binary file has `-` in place of numbers.
      lines.reduce((total, line) => total + (Number(line.split('\t')[column]) || 0), 0);
    return { files_changed: lines.length, lines_added: sum(0), lines_removed: sum(1) };
  } catch {
    // A commit so large that git does not say it in time is told without.
    return {};
  }
}

/** Variables by which agents tell the programs that they start who they are; with the one that names the session. */
const AGENTS: readonly (readonly [agent: string, sign: string, session: string])[] = [
  ['claude-code', 'CLAUDECODE', 'CLAUDE_CODE_SESSION_ID'],
  ['codex', 'CODEX_THREAD_ID', 'CODEX_THREAD_ID'],
  ['codex', 'CODEX_SANDBOX', 'CODEX_THREAD_ID'],
  ['gemini-cli', 'GEMINI_CLI', 'GEMINI_CLI_SESSION_ID'],
  ['qwen-code', 'QWEN_CODE', 'QWEN_CODE_SESSION_ID'],
  ['opencode', 'OPENCODE', 'OPENCODE_SESSION_ID'],
  ['openclaw', 'OPENCLAW_SESSION_KEY', 'OPENCLAW_SESSION_KEY'],
];

/** Which agent runs this process, as far as it says. */
export function committingAgent(
  env: Readonly<NodeJS.ProcessEnv>,
): Pick<CommitDescription, 'agent' | 'session_id'> {
  const found = AGENTS.find(([, sign]) => (env[sign] ?? '') !== '');
  return found === undefined
    ? { agent: null, session_id: null }
    : { agent: found[0], session_id: env[found[2]] ?? null };
}
