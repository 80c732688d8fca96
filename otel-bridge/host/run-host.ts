import { setTimeout as sleep } from 'node:timers/promises';
import { TRANSCRIPT_FORMATS } from '../agents/index.ts';
import type { TranscriptFormat, TranscriptPrivacy } from '../agents/transcript-format.ts';
import { errorCode, MonitorError } from '../domain/error.ts';
import { type ContainerSampler, startContainerSampler } from './containers/start-container-sampler.ts';
import type { TranscriptProgress } from './follow-progress.ts';
import { startHookWatch } from './hook-watch/start-hook-watch.ts';
import { type HostConfig, readHostConfig } from './host-config.ts';
import type { HostLog } from './host-log.ts';
import { followNotices } from './notify/follow-notices.ts';
import { createNotifier } from './notify/notifier.ts';
import { createEventPoster } from './post-events.ts';
import { createSamplePoster } from './post-samples.ts';
import { readTokenFile } from './read-token-file.ts';
import { createSpoolPoster } from './spool/post-spooled.ts';
import { startSpoolDrain } from './spool/start-spool-drain.ts';
import { startTranscriptFollower } from './transcript-follower.ts';
import { startVmSampler, type VmSampler } from './vms/start-vm-sampler.ts';

const PROGRESS_INTERVAL_MS = 500;
const GIVE_UP_AFTER_MS = 60_000;

/** Options of `runHost`. */
export interface RunHostOptions {
  /** Path of host.json (host-config.ts). */
  readonly configPath: string;
  /** Read what is there, print progress, and end. @default the opposite of the configuration's `follow` */
  readonly once?: boolean;
  /** The agent whose transcripts are read, by its framework. @default all */
  readonly framework?: string;
  /** A transcript, a folder of them or a home that a person wants read, instead of the configured homes. */
  readonly path?: string;
  /** Start here instead of `import_days` before now, unix ms. */
  readonly sinceMs?: number;
  readonly log: HostLog;
  /** Gets a JSON line of progress every half second, and a last one. */
  readonly onProgress?: (line: string) => void;
  /** Ends the host part. */
  readonly signal?: AbortSignal;
}

/**
 * The host part as a process of its own: reads transcripts and posts their events to the bridge, until the signal or,
 * with `once`, until everything was read. What a person hands in by path is told as an import and always read whole.
 * @returns how far it came.
 * @throws MonitorError `invalid` or `not_found` for a bad configuration or path; with `once` also `unauthorized`, and
 *   `unavailable` when the bridge stays away for a minute.
 */
export async function runHost(options: RunHostOptions): Promise<TranscriptProgress> {
  const config = readHostConfig(options.configPath);
  const byPath = options.path !== undefined;
  const once = options.once ?? (byPath || !config.follow);
  const isBackground = options.once === undefined && !byPath;
  // Someone who reads transcripts once by hand is no background process.
  using notices = isBackground ? startNotices(config, options.log) : null;
  await using _vms = isBackground ? startVms(config, options.log) : null;
  await using _containers = isBackground ? startContainers(config, options.log) : null;
  await using _hooks = isBackground ? drain(config, '/v1/hooks', config.spool_dir, options.log) : null;
  await using _events = isBackground
    ? drain(config, '/v1/events', config.event_spool_dir, options.log)
    : null;
  using _installed = isBackground ? watchHooks(config, options.log) : null;
  await using follower = startTranscriptFollower({
    homes: config.homes,
    path: options.path,
    formats: formatsOf(options.framework),
    importDays: byPath ? null : config.import_days,
    sinceMs: options.sinceMs,
    follow: !once,
    origin: byPath ? 'import' : 'transcript',
    sink: createEventPoster({
      bridgeUrl: config.bridge_url,
      readToken: () => readTokenFile(config.token_file),
      log: options.log,
    }),
    // Someone waits for the end of a single reading; what goes on in the background outlasts a bridge that is away.
    ...(once ? { givesUp: isHopeless } : {}),
    stateFile: byPath || options.sinceMs !== undefined ? null : config.state_file,
    privacy: toTranscriptPrivacy(config.privacy ?? {}),
    hostname: config.hostname,
    log: options.log,
  });
  const ended = Promise.race([
    once && notices === null && _vms === null && _containers === null
      ? follower.imported
      : new Promise(() => undefined),
    aborted(options.signal),
  ]);
  let running = true;
  const settled = ended.finally(() => {
    running = false;
  });
  while (running) {
    await Promise.race([settled, sleep(PROGRESS_INTERVAL_MS)]);
    options.onProgress?.(JSON.stringify(follower.progress()));
  }
  await settled;
  return follower.progress();
}

/** @throws MonitorError `invalid` where no transcripts of that agent are known */
function formatsOf(framework: string | undefined): readonly TranscriptFormat[] {
  const formats = TRANSCRIPT_FORMATS.filter(
    (format) => framework === undefined || format.framework === framework,
  );
  if (formats.length > 0) return formats;
  const known = TRANSCRIPT_FORMATS.map((format) => format.framework).join(', ');
  throw new MonitorError('invalid', `Cannot read transcripts of "${framework}": known are those of ${known}`);
}

/** Samples virtual machines; null where settings name no libvirt. */
function startVms({ vms, hostname, bridge_url, token_file }: HostConfig, log: HostLog): VmSampler | null {
  if (vms === undefined || vms === null || vms.uris.length === 0) return null;
  return startVmSampler({
    settings: { ...vms, intervalMs: vms.interval_ms },
    hostname,
    sink: createSamplePoster({ bridgeUrl: bridge_url, readToken: () => readTokenFile(token_file) }),
    log,
  });
}

/** Samples containers; null where there is no Docker to ask. */
function startContainers(
  { containers, hostname, bridge_url, token_file }: HostConfig,
  log: HostLog,
): ContainerSampler | null {
  if (containers === undefined || containers === null) return null;
  const { socket_path, network, interval_ms } = containers;
  return startContainerSampler({
    settings: { socketPath: socket_path, network, intervalMs: interval_ms },
    hostname,
    sink: createSamplePoster({ bridgeUrl: bridge_url, readToken: () => readTokenFile(token_file) }),
    log,
  });
}

/** Watches that installed hooks stay where they are; null where nothing is known of them. */
function watchHooks(
  { hook_state_dir, hostname, bridge_url, token_file }: HostConfig,
  log: HostLog,
): Disposable | null {
  if (hook_state_dir === undefined) return null;
  const post = createEventPoster({ bridgeUrl: bridge_url, readToken: () => readTokenFile(token_file), log });
  return startHookWatch({ folder: hook_state_dir, hostname, sink: (events) => post([...events]), log });
}

/** Delivers what was kept in a folder; null where there is none. */
function drain(
  { bridge_url, token_file }: HostConfig,
  path: '/v1/hooks' | '/v1/events',
  folder: string | undefined,
  log: HostLog,
): AsyncDisposable | null {
  if (folder === undefined) return null;
  const post = createSpoolPoster({ bridgeUrl: bridge_url, path, readToken: () => readTokenFile(token_file) });
  return startSpoolDrain({ folder, post, log });
}

/** Tells people what must not wait; null where settings name nobody. */
function startNotices(
  { notify = [], ui_url, query_token_file = null }: HostConfig,
  log: HostLog,
): Disposable | null {
  if (notify.length === 0 || ui_url === undefined) return null;
  return followNotices({
    uiUrl: ui_url,
    readToken: () => readTokenFile(query_token_file),
    notifier: createNotifier({ targets: notify, log }),
    log,
  });
}

/** A refusal that no waiting changes, or a bridge that stays away. */
function isHopeless(error: unknown, triedMs: number): boolean {
  return errorCode(error) !== 'unavailable' || triedMs > GIVE_UP_AFTER_MS;
}

/** Which texts may be told, from settings; without them none but paths. */
export function toTranscriptPrivacy(privacy: {
  readonly prompts?: boolean | undefined;
  readonly tool_arguments?: boolean | undefined;
  readonly tool_output?: boolean | undefined;
  readonly file_paths?: boolean | undefined;
}): TranscriptPrivacy {
  return {
    prompts: privacy.prompts ?? false,
    toolArguments: privacy.tool_arguments ?? false,
    toolOutput: privacy.tool_output ?? false,
    filePaths: privacy.file_paths ?? true,
  };
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal === undefined) return;
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
