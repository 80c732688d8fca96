import { dirname, join } from 'node:path';
import * as z from 'zod';
import { containerSettingsSchema, notifyTargetsSchema, readConfigFile, vmSettingsSchema } from '../config.ts';
import { MonitorError } from '../domain/error.ts';

/** Configuration of the host part as a process of its own: one JSON file that `monitor` writes. Paths are absolute. */
const hostConfigSchema = z.strictObject({
  version: z.literal(1).optional(),
  /** Homes of agents: folders that hold `.claude` (the user's home first). */
  homes: z.array(z.string()),
  /** How far back transcripts are imported, days; null = all, 0 = none. */
  import_days: z.number().int().nonnegative().nullable(),
  /** False: read once and end. */
  follow: z.boolean(),
  /** `host.name` of the events. */
  hostname: z.string(),
  /** Base URL of the bridge's ingest port. */
  bridge_url: z.url(),
  /** File with the token that is sent along; null = none. */
  token_file: z.string().nullable(),
  /** Base URL of the bridge's ui port, and the file with a token that may query: for notifications. */
  ui_url: z.url().optional(),
  query_token_file: z.string().nullable().optional(),
  notify: notifyTargetsSchema.optional(),
  vms: vmSettingsSchema.nullable().optional(),
  containers: containerSettingsSchema.nullable().optional(),
  /** Where it is kept how far files were read. Left out: `transcripts.json` beside this file. */
  state_file: z.string().optional(),
  /** Folder where hooks keep what nobody took when they fired; left out: there is none. */
  spool_dir: z.string().optional(),
  /** The same for events of programs that tell of themselves. */
  event_spool_dir: z.string().optional(),
  /** Where `monitor hooks` remembers what it installed; left out: nobody watches it. */
  hook_state_dir: z.string().optional(),
  /** Texts that may leave this process; the bridge redacts what it gets by the same settings. */
  privacy: z
    .object({
      prompts: z.boolean(),
      tool_arguments: z.boolean(),
      tool_output: z.boolean(),
      file_paths: z.boolean(),
    })
    .partial()
    .optional(),
});

/** See `hostConfigSchema`; with its defaults filled in. */
export type HostConfig = Readonly<z.infer<typeof hostConfigSchema>> & { readonly state_file: string };

/** Reads the configuration. @throws MonitorError `not_found`, or `invalid` naming each wrong key. */
export function readHostConfig(path: string): HostConfig {
  const result = hostConfigSchema.safeParse(readConfigFile(path, 'host'));
  if (result.success) {
    return { ...result.data, state_file: result.data.state_file ?? join(dirname(path), 'transcripts.json') };
  }
  const problems = result.error.issues.map(
    (issue) => `${issue.path.join('.') || '(root)'}: ${issue.message}`,
  );
  throw new MonitorError(
    'invalid',
    `Cannot read host configuration "${path}": ${problems.join('; ')}. Run "monitor init --force" to write it anew`,
  );
}
