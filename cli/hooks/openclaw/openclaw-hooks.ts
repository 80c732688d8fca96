import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileEdit, HookKind, HookListing, HookRequest, HookTarget } from '../hook-kind.ts';

/** Our folders below OpenClaw's, and the package's folder that each comes from. */
const FOLDERS = {
  hooks: { from: 'hook', files: ['HOOK.md', 'handler.js'] },
  extensions: { from: 'plugin', files: ['openclaw.plugin.json', 'package.json', 'index.js'] },
  skills: { from: 'skill', files: ['SKILL.md'] },
} as const;
const NAME = { hooks: 'agent-monitor', extensions: 'agent-monitor', skills: 'agent-observability' } as const;
type Folder = keyof typeof FOLDERS;
const FOLDER_NAMES = Object.keys(FOLDERS) as Folder[];
const CONFIG = 'config.json';

/**
 * OpenClaw: a hook folder for messages and compactions, a plugin for tools, model calls and sub-agents, and a skill by
 * which an agent reports by itself. All are files of ours; OpenClaw's own configuration stays as it is.
 */
export const openClawHooks: HookKind = {
  name: 'openclaw',
  aliases: ['clawdbot'],
  async install(request) {
    const edits: FileEdit[] = [];
    for (const folder of FOLDER_NAMES) {
      for (const [path, after] of await wantedFiles(folder, request)) {
        const before = await request.read(path);
        // Watched for being there: another version may bring other texts.
        const memory = { existed: false, created: [], handlers: [{ event: null, text: '' }] };
        if (before !== after) edits.push({ path, before, after, mode: 0o600, memory });
      }
    }
    return edits;
  },
  async remove(request) {
    const edits: FileEdit[] = [];
    for (const folder of FOLDER_NAMES) {
      for (const file of [...FOLDERS[folder].files, CONFIG]) {
        const path = join(folderOf(folder, request), file);
        const before = await request.read(path);
        if (before !== null) edits.push({ path, before, after: null });
      }
    }
    return edits;
  },
  async list(request): Promise<HookListing[]> {
    if (request.scope === 'project') return [];
    const installed: string[] = [];
    const changed: string[] = [];
    for (const folder of FOLDER_NAMES) {
      const { files } = FOLDERS[folder];
      const found = await Promise.all(
        files.map((file) => request.read(join(folderOf(folder, request), file))),
      );
      if (found.some((text) => text === null)) continue;
      installed.push(FOLDERS[folder].from);
      const shipped = await Promise.all(files.map((file) => shippedFile(request, folder, file)));
      if (found.some((text, index) => text !== shipped[index])) changed.push(FOLDERS[folder].from);
    }
    const all = FOLDER_NAMES.map((folder) => FOLDERS[folder].from);
    return [
      {
        file: join(request.home, '.openclaw'),
        installed,
        missing: all.filter((name) => !installed.includes(name)),
        note:
          changed.length === 0
            ? null
            : `not as this version brings it: ${changed.join(', ')}; "monitor hooks install openclaw" renews it`,
      },
    ];
  },
  nextSteps: () => [
    'openclaw hooks enable agent-monitor',
    'openclaw plugins enable agent-monitor',
    'restart the gateway: openclaw gateway restart',
    'for tokens by model call, unless OpenClaw exports OpenTelemetry: set plugins.entries.agent-monitor.hooks.allowConversationAccess to true',
  ],
  print: (target) =>
    [
      '# ~/.openclaw/.env, beside the folders hook/, plugin/ and skill/ of this package',
      `AGENTMON_INGEST_URL=${target.url}`,
      `AGENTMON_VM_NAME=${target.host}`,
      ...(target.token === null ? [] : [`AGENT_MONITOR_TOKEN=${target.token}`]),
    ].join('\n'),
};

function folderOf(folder: Folder, { home }: HookRequest): string {
  return join(home, '.openclaw', folder, NAME[folder]);
}

/** The files of a folder as they are to be, and who they send to. */
async function wantedFiles(folder: Folder, request: HookRequest): Promise<[string, string][]> {
  const target = folderOf(folder, request);
  const files = await Promise.all(
    FOLDERS[folder].files.map(
      async (file): Promise<[string, string]> => [
        join(target, file),
        await shippedFile(request, folder, file),
      ],
    ),
  );
  return folder === 'skills'
    ? files
    : [...files, [join(target, CONFIG), configOf(request.target, request.spoolDir)]];
}

function shippedFile({ hooksDir }: HookRequest, folder: Folder, file: string): Promise<string> {
  return readFile(join(hooksDir, 'openclaw', FOLDERS[folder].from, file), 'utf8');
}

function configOf(target: HookTarget, spool: string): string {
  return `${JSON.stringify({ ...target, spool }, null, 2)}\n`;
}
