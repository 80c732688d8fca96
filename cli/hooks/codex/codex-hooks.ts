import { join } from 'node:path';
import { curlHook } from '../curl-hook.ts';
import { installInFile, removeFromFile } from '../hook-file.ts';
import type { FileEdit, HookKind, HookListing, HookRequest } from '../hook-kind.ts';
import { addHooks, type HookHandler, readOwn } from '../hook-settings.ts';
import { quoteCommand } from '../quote-command.ts';
import { SENDER_CALL } from '../sender-files.ts';
import { addNotify, hasForeignNotify, MARK, removeNotify } from './notify-line.ts';

/** Every hook that Codex has (codex-rs/hooks/src/schema.rs). */
const EVENTS = [
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
const TIMEOUT_S = 2;

/**
 * Codex: `hooks.json`, and beside it `notify` in config.toml, which older versions have alone. It runs hooks only after a
 * person has reviewed them, so that is a step of its own.
 */
export const codexHooks: HookKind = {
  name: 'codex',
  aliases: ['codex-cli'],
  async install(request) {
    const command = quoteCommand([...request.sender, 'codex']);
    const wanted = Object.fromEntries(EVENTS.map((event) => [event, handler(command)]));
    const edits = await installInFile(hooksFile(request), wanted, isOurs, request);
    return [
      ...edits,
      ...(await notifyEdits(request, (text) => addNotify(text, [...request.sender, 'codex']))),
    ];
  },
  async remove(request) {
    const edits = await removeFromFile(hooksFile(request), isOurs, request);
    return [...edits, ...(await notifyEdits(request, removeNotify)).map(forgotten)];
  },
  async list(request): Promise<HookListing[]> {
    const file = hooksFile(request);
    const text = await request.read(file);
    const { ours, problem } = readOwn(text, isOurs);
    const installed = ours.map(({ event }) => event);
    const missing = EVENTS.filter((event) => !installed.includes(event));
    const config = (await request.read(configFile(request))) ?? '';
    const untrusted = ours.filter((own) => !isTrusted(config, file, own)).map(({ event }) => event);
    const notes = [
      ...(untrusted.length === 0
        ? []
        : [
            `not trusted yet: ${untrusted.join(', ')}. Codex runs them after you have reviewed them: start codex, type /hooks`,
          ]),
      ...(hasForeignNotify(config)
        ? ['"notify" in config.toml is yours and stays: versions without hooks tell nothing']
        : []),
      ...(/^\s*(?:codex_)?hooks\s*=\s*false/m.test(config)
        ? ['"hooks = false" in config.toml turns them off']
        : []),
    ];
    return [
      {
        file,
        installed,
        missing,
        note: problem ?? (installed.length === 0 || notes.length === 0 ? null : notes.join('; ')),
      },
    ];
  },
  nextSteps: () => ['start codex and type /hooks: Codex runs hooks only after you have reviewed them'],
  print: (target) => {
    const command = curlHook(target, 'codex');
    const wanted = Object.fromEntries(EVENTS.map((event) => [event, handler(command)]));
    return addHooks(null, wanted, 'hooks.json').text.trimEnd();
  },
};

function handler(command: string): HookHandler {
  return { type: 'command', command, timeout: TIMEOUT_S };
}

function hooksFile({ scope, home, projectDir }: HookRequest): string {
  return join(scope === 'user' ? home : projectDir, '.codex', 'hooks.json');
}

function configFile({ home }: HookRequest): string {
  return join(home, '.codex', 'config.toml');
}

/** What was taken out is remembered no more: that it is missing then is no news. */
function forgotten({ path, before, after }: FileEdit): FileEdit {
  return { path, before, after };
}

/** `notify` is the user's alone; a project has none. */
async function notifyEdits(request: HookRequest, edit: (text: string) => string): Promise<FileEdit[]> {
  if (request.scope === 'project') return [];
  const path = configFile(request);
  const before = await request.read(path);
  const text = edit(before ?? '');
  const known = request.remembered(path);
  // Also where somebody took it out already.
  if (text === (before ?? ''))
    return known === null || text.includes(MARK) ? [] : [{ path, before, after: before }];
  const existed = known?.existed ?? before !== null;
  return text.trim() === '' && !existed
    ? [{ path, before, after: null }]
    : [
        {
          path,
          before,
          after: text,
          memory: { existed, created: [], handlers: [{ event: null, text: MARK }] },
        },
      ];
}

/** Commands that `monitor hooks` writes, this version's and earlier ones'. */
const OUR_COMMAND = new RegExp(`${SENDER_CALL}codex$|/v1/hooks/codex `);

function isOurs({ type, command }: HookHandler): boolean {
  return type === 'command' && typeof command === 'string' && OUR_COMMAND.test(command);
}

/** Codex keeps the hash of what was reviewed under file, event and place: `[hooks.state."<file>:pre_tool_use:0:0"]`. */
function isTrusted(
  config: string,
  file: string,
  { event, group, place }: { event: string; group: number; place: number },
): boolean {
  const snake = event.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
  const key = `${file}:${snake}:${group}:${place}`;
  const table = config.indexOf(`hooks.state.${JSON.stringify(key)}`);
  if (table < 0) return false;
  const next = config.indexOf('\n[', table);
  return config.slice(table, next < 0 ? undefined : next).includes('trusted_hash');
}
