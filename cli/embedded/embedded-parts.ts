import { localAddress } from '../bridge-api/local-address.ts';
import { readServiceStatus } from '../bridge-api/read-service-status.ts';
import { renderBridgeNote } from '../bridge-api/render-bridge-note.ts';
import type { ServiceStatus } from '../bridge-api/service-status.ts';
import { formatCount } from '../output/format-count.ts';
import type { PartStatus, RuntimeOptions } from '../runtime.ts';
import { findRunning } from './pid-file.ts';
import { probeReady } from './probe-ready.ts';

/** Parts of the embedded runtime: one process, two jobs. */
export const EMBEDDED_PARTS = ['bridge', 'host'] as const;

/** State of both parts, also when nothing runs. */
export async function readParts(options: RuntimeOptions): Promise<readonly PartStatus[]> {
  const { paths, settings } = options;
  const address = localAddress(settings.listen[0]);
  const url = `http://${address}:${settings.ports.ui}`;
  const running = await findRunning(paths.bridgePidFile);
  if (running === null) {
    return EMBEDDED_PARTS.map((name) => ({ name, state: 'stopped', url: null, since: null, note: null }));
  }
  const since = running.started_at;
  const readiness = await probeReady(`http://${address}:${settings.ports.ingest}`);
  if (readiness.state !== 'ready') {
    const state = readiness.state === 'silent' ? 'starting' : 'degraded';
    return [
      { name: 'bridge', state, url, since, note: readiness.reason },
      { name: 'host', state: 'starting', url: null, since, note: 'waits for the bridge' },
    ];
  }
  const answer = await readServiceStatus(options);
  if (answer.status !== 'ok') {
    const note = `takes events, but does not answer questions: ${answer.reason}`;
    return [
      { name: 'bridge', state: 'degraded', url, since, note },
      { name: 'host', state: 'degraded', url: null, since, note: 'not known' },
    ];
  }
  return [
    {
      name: 'bridge',
      // A full disk: what comes is refused until there is room.
      state: answer.value.journal.problem === null ? 'healthy' : 'degraded',
      url,
      since,
      note: renderBridgeNote(answer.value),
    },
    { name: 'host', url: null, since, ...hostState(answer.value) },
  ];
}

function hostState({ import: progress }: ServiceStatus): Pick<PartStatus, 'state' | 'note'> {
  if (progress === null || progress.state === 'off') {
    return { state: 'stopped', note: 'transcripts are not followed (history: in settings.yaml)' };
  }
  const read = `${formatCount(progress.files_done)} of ${formatCount(progress.files_total)} transcripts`;
  switch (progress.state) {
    case 'waiting':
      return { state: 'starting', note: 'looks for transcripts' };
    case 'running':
      return {
        state: 'healthy',
        note: progress.files_total === 0 ? 'looks for transcripts' : `takes in history: ${read}`,
      };
    case 'done':
      return { state: 'healthy', note: `follows ${formatCount(progress.files_total)} transcripts` };
    case 'failed':
      return { state: 'degraded', note: `stopped after ${read}: see monitor logs host` };
  }
}
