/** A loopback receiver of agents' hooks that keeps what it was sent. */
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** One hook that fired. */
export interface RecordedHook {
  /** Unix ms. */
  firedMs: number;
  /** What the agent says. */
  input: Record<string, unknown>;
}

/** Every hook that can be asked for without changing what Claude Code does. */
const HTTP_HOOKS = [
  'UserPromptSubmit',
  'UserPromptExpansion',
  'PreToolUse',
  'PostToolUse',
  'PostToolUseFailure',
  'PostToolBatch',
  'PermissionRequest',
  'PermissionDenied',
  'Notification',
  'SubagentStart',
  'SubagentStop',
  'Stop',
  'StopFailure',
  'TaskCreated',
  'TaskCompleted',
  'InstructionsLoaded',
  'ConfigChange',
  'CwdChanged',
  'PreCompact',
  'PostCompact',
  'PreModelSwitch',
  'PostModelSwitch',
  'SessionEnd',
];
const COMMAND_HOOKS = ['SessionStart', 'Setup'];

const CODEX_HOOKS = [
  'SessionStart',
  'SessionEnd',
  'UserPromptSubmit',
  'PreToolUse',
  'PermissionRequest',
  'PostToolUse',
  'PreCompact',
  'PostCompact',
  'SubagentStart',
  'SubagentStop',
  'Stop',
  'Interrupt',
];

/** A running recorder. */
export interface HookRecorder extends AsyncDisposable {
  /** Base URL. */
  readonly url: string;
  /** In order of arrival. */
  readonly hooks: RecordedHook[];
  /** Writes the settings that make a Claude Code of this home send its hooks here. */
  installIn(home: string): Promise<void>;
  /** The same for a Codex of this home. */
  installInCodex(home: string): Promise<void>;
}

/** Starts a recorder on a free port. */
export async function startHookRecorder(): Promise<HookRecorder> {
  const hooks: RecordedHook[] = [];
  const server = createServer((request, response) => {
    const firedMs = Date.now();
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      hooks.push({ firedMs, input: JSON.parse(Buffer.concat(chunks).toString('utf8')) });
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const command = `curl -s --data-binary @- ${url}`;
  return {
    hooks,
    url,
    async installInCodex(home) {
      const entries = CODEX_HOOKS.map((name) => [name, [{ hooks: [{ type: 'command', command }] }]]);
      await mkdir(join(home, '.codex'), { recursive: true });
      await writeFile(
        join(home, '.codex', 'hooks.json'),
        JSON.stringify({ hooks: Object.fromEntries(entries) }),
      );
    },
    async installIn(home) {
      const entries = [
        ...HTTP_HOOKS.map((name) => [name, [{ hooks: [{ type: 'http', url }] }]]),
        ...COMMAND_HOOKS.map((name) => [name, [{ hooks: [{ type: 'command', command }] }]]),
      ];
      await mkdir(join(home, '.claude'), { recursive: true });
      await writeFile(
        join(home, '.claude', 'settings.json'),
        JSON.stringify({ hooks: Object.fromEntries(entries) }),
      );
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
