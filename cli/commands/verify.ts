import * as z from 'zod';
import { createBridgeClient } from '../bridge-api/bridge-client.ts';
import { connectToIngest } from '../bridge-api/connect-ingest.ts';
import { localAddress } from '../bridge-api/local-address.ts';
import type { Command } from '../command.ts';
import { CliError } from '../errors.ts';
import { formatDuration } from '../output/format-duration.ts';
import { renderTable } from '../output/render-table.ts';
import { readInstallation } from '../stack/installation.ts';
import { forgetInLoki } from '../stores/forget-in-loki.ts';
import { mintToken } from '../tokens/mint-token.ts';
import { readTokenSecret } from '../tokens/token-secret.ts';
import { bridgeHops } from '../verify/bridge-hops.ts';
import { followSession, type HopReport } from '../verify/follow-session.ts';
import { makeMarkedSession } from '../verify/marked-session.ts';
import { storeHops } from '../verify/store-hops.ts';

/** Facts settle for ten seconds, and metrics leave every ten. */
const DEFAULT_TIMEOUT_MS = 90_000;
const REQUEST_TIMEOUT_MS = 5000;
const HOUR_MS = 3_600_000;

const optionsSchema = z.object({ keep: z.boolean().default(false) });

/** `monitor verify`: one marked session, followed from the door to every store and back. */
export const command: Command = {
  name: 'verify',
  summary: 'send a marked session and follow it to every store and back',
  examples: ['monitor verify', 'monitor verify --keep --json'],
  declare(commander) {
    commander.option('--keep', 'do not forget the session afterwards');
  },
  async run({ options }, context) {
    const { keep } = optionsSchema.parse(options);
    const { settings } = await context.loadSettings();
    const access = await connectToIngest('Cannot verify', context);
    const host = localAddress(settings.listen[0]);
    const secret = await readTokenSecret(context.paths.tokenSecretFile);
    const client = createBridgeClient({
      baseUrl: `http://${host}:${settings.ports.ui}`,
      token: secret === null ? null : mintToken(secret, { scope: 'query' }),
      timeoutMs: REQUEST_TIMEOUT_MS,
    });
    const session = makeMarkedSession(Date.now());
    const doors = {
      ingestUrl: access.baseUrl,
      otlpUrl: `http://${host}:${settings.ports.otlp_http}`,
      token: access.token,
    };
    const { send, read } = bridgeHops(session, doors, client);
    const isDocker = (await readInstallation(context.paths))?.runtime === 'docker';
    const stores = isDocker ? storeHops(session, settings, host) : [];
    const follow = {
      startMs: performance.now(),
      timeoutMs: context.globals.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      signal: context.signal,
    };
    context.output.info(`following session ${session.sessionId}`);
    const sent = await followSession(send, follow);
    // Nothing arrives where nothing was taken.
    const arrived = sent[0]?.ok ? await followSession([read, ...stores], follow) : [];
    const hops = [...sent, ...arrived];
    const lost = hops.filter(({ ok }) => !ok);
    if (!keep) {
      await client.post('/v1/prune', { session_id: session.sessionId }, z.unknown());
      if (isDocker) {
        await forgetInLoki({
          baseUrl: `http://${host}:${settings.ports.loki}`,
          sessionId: session.sessionId,
          sinceMs: Date.now() - HOUR_MS,
          timeoutMs: REQUEST_TIMEOUT_MS,
        });
      }
    }
    const data = { session_id: session.sessionId, trace_id: session.traceId, kept: keep, hops };
    return {
      data,
      text: renderHops(hops),
      failure:
        lost.length === 0
          ? null
          : new CliError('FAILED', `It did not arrive: ${lost.map(({ hop }) => hop).join(', ')}`, {
              fix: ['monitor doctor', 'monitor status'],
              data,
            }),
    };
  },
};

function renderHops(hops: readonly HopReport[]): string {
  return renderTable(
    [{ title: 'HOP' }, { title: 'STATE' }, { title: 'AFTER', align: 'right' }, { title: 'FOUND' }],
    hops.map(({ hop, ok, latency_ms: latency, note }) => [
      hop,
      ok ? 'ok' : 'FAILED',
      latency === null ? '-' : formatDuration(latency),
      note,
    ]),
  );
}
