import { join } from 'node:path';
import { curlHook, hookHeaders } from '../curl-hook.ts';
import { installInFile, removeFromFile } from '../hook-file.ts';
import type { HookKind, HookRequest, HookTarget } from '../hook-kind.ts';
import { addHooks, type HookHandler, readOwn, type WantedHooks, withoutMark } from '../hook-settings.ts';
import { quoteCommand } from '../quote-command.ts';
import { SENDER_CALL } from '../sender-files.ts';

/** Hooks that may call HTTP (code.claude.com/docs/en/hooks). */
const HTTP_EVENTS = [
  'UserPromptSubmit',
  'UserPromptExpansion',
  'PreToolUse',
  'PermissionRequest',
  'PermissionDenied',
  'PostToolUse',
  'PostToolUseFailure',
  'PostToolBatch',
  'Notification',
  'SubagentStart',
  'SubagentStop',
  'TaskCreated',
  'TaskCompleted',
  'TeammateIdle',
  'Stop',
  'StopFailure',
  'InstructionsLoaded',
  'ConfigChange',
  'CwdChanged',
  'DirectoryAdded',
  'FileChanged',
  'PreCompact',
  'PostCompact',
  'PreModelSwitch',
  'PostModelSwitch',
  'Elicitation',
  'ElicitationResult',
];
/** Hooks that run commands alone, and one whose failure over HTTP Claude Code prints when it ends. */
const COMMAND_EVENTS = ['SessionStart', 'Setup', 'SessionEnd'];
/*
 * Left out: MessageDisplay fires many times a second, and a hook for WorktreeCreate or WorktreeRemove takes the work
 * over from Claude Code.
 */

/** How long Claude Code may wait for a bridge that answers nothing, s. One that is stopped is noticed at once. */
const HTTP_TIMEOUT_S = 0.3;
/** The same where a call is refused that nobody answers: on a busy machine to wait is better than to refuse. */
const REFUSING_TIMEOUT_S = 2;
const COMMAND_TIMEOUT_S = 2;
const ROUTE = '/v1/hooks/claude-code';

/** Claude Code (2.1): `hooks` in settings.json. It reads them when it starts, and again when the file changes. */
export const claudeCodeHooks: HookKind = {
  name: 'claude-code',
  aliases: ['claude'],
  install: (request) =>
    installInFile(
      settingsFile(request),
      wantedHooks(request.target, senderCommand(request)),
      isOurs,
      request,
    ),
  remove: (request) => removeFromFile(settingsFile(request), isOurs, request),
  async list(request) {
    const file = settingsFile(request);
    const text = await request.read(file);
    const { ours, problem } = readOwn(text, isOurs);
    const installed = ours.map(({ event }) => event);
    const all = [...HTTP_EVENTS, ...COMMAND_EVENTS];
    const disabled =
      text !== null &&
      problem === null &&
      text.trim() !== '' &&
      (JSON.parse(withoutMark(text).json) as { disableAllHooks?: unknown }).disableAllHooks === true;
    const url = `${request.target.url}${ROUTE}`;
    const moved = ours.some(({ handler }) => handler.type === 'http' && handler.url !== url);
    return [
      {
        file,
        installed,
        missing: all.filter((event) => !installed.includes(event)),
        note:
          problem ??
          (disabled
            ? '"disableAllHooks" in this file turns them off'
            : moved
              ? `they send to another address than ${url}; "monitor hooks install claude-code" corrects it`
              : null),
      },
    ];
  },
  nextSteps: ({ scope, target }) => [
    'go on with claude: running sessions take the hooks up within seconds',
    ...(target.refusesWhenAway === true
      ? [
          'While the bridge is away calls are refused (guardrails.on_unreachable), by Claude Code 2.1.295 or newer.',
        ]
      : []),
    ...(scope === 'project' && target.token !== null
      ? ['.claude/settings.json now holds a token: do not commit it.']
      : []),
  ],
  print: (target) =>
    addHooks(null, wantedHooks(target, curlHook(target, 'claude-code')), 'settings.json').text.trimEnd(),
};

function settingsFile({ scope, home, projectDir }: HookRequest): string {
  return join(scope === 'user' ? home : projectDir, '.claude', 'settings.json');
}

function wantedHooks(target: HookTarget, command: string): WantedHooks {
  const http: HookHandler = {
    type: 'http',
    url: `${target.url}${ROUTE}`,
    timeout: HTTP_TIMEOUT_S,
    headers: hookHeaders(target),
  };
  // What Claude Code does where nobody answers it; versions before 2.1.295 do not know it and go on.
  const asking: HookHandler =
    target.refusesWhenAway === true ? { ...http, timeout: REFUSING_TIMEOUT_S, onFailure: 'block' } : http;
  const start: HookHandler = { type: 'command', command, timeout: COMMAND_TIMEOUT_S };
  return Object.fromEntries([
    ...HTTP_EVENTS.map((event) => [event, event === 'PreToolUse' ? asking : http] as const),
    ...COMMAND_EVENTS.map((event) => [event, start] as const),
  ]);
}

function senderCommand({ sender }: HookRequest): string {
  return quoteCommand([...sender, 'claude-code']);
}

/** Commands that `monitor hooks` writes, this version's and earlier ones'. */
const OUR_COMMAND = new RegExp(`${SENDER_CALL}claude-code|/v1/hooks/claude-code `);

/** Known by where it leads, whichever version of ours wrote it. */
function isOurs({ type, url, command }: HookHandler): boolean {
  if (type === 'http') return typeof url === 'string' && url.endsWith(ROUTE);
  return type === 'command' && typeof command === 'string' && OUR_COMMAND.test(command);
}
