import type { Server } from 'node:http';
import { dirname, join } from 'node:path';
import type { Logger } from 'pino';
import { hookVerdict } from './agents/hook-verdict.ts';
import {
  dropInternalSpans,
  frameworkOf,
  HOOK_ADAPTERS,
  hookToEvents,
  TRANSCRIPT_FORMATS,
  telemetryToEvents,
} from './agents/index.ts';
import { createSenderLog } from './agents/sender-log.ts';
import type { BridgeConfig } from './config.ts';
import { retryDeadLetters } from './delivery/retry-dead-letters.ts';
import { startDelivery } from './delivery/start-delivery.ts';
import { targetCertificates } from './delivery/target-certificates.ts';
import { restoreOrigin } from './domain/envelope.ts';
import type { AgentEvent } from './domain/event.ts';
import type { Journal } from './domain/journal.ts';
import { freeMemoryWhenQuiet } from './free-memory.ts';
import { createDayCost } from './guardrails/day-cost.ts';
import { createGuard } from './guardrails/guard.ts';
import { createGuardRules } from './guardrails/guard-rules.ts';
import { startContainerSampler } from './host/containers/start-container-sampler.ts';
import type { TranscriptProgress } from './host/follow-progress.ts';
import { startHookWatch } from './host/hook-watch/start-hook-watch.ts';
import { NOTIFIED_TYPE, toNotice } from './host/notify/notice.ts';
import { createNotifier, type Notifier } from './host/notify/notifier.ts';
import { toTranscriptPrivacy } from './host/run-host.ts';
import { startSpoolDrain } from './host/spool/start-spool-drain.ts';
import { startTranscriptFollower, type TranscriptFollower } from './host/transcript-follower.ts';
import { startVmSampler } from './host/vms/start-vm-sampler.ts';
import { createRebuildJob } from './journal/rebuild-job.ts';
import { startRetention } from './journal/retention.ts';
import { openSqliteReadModel } from './journal/sqlite/reader.ts';
import { openSqliteJournal } from './journal/sqlite/sqlite-journal.ts';
import { createRedactor } from './privacy/redactor.ts';
import { attributionOf } from './projections/attribution.ts';
import { createQueryServer } from './query/server.ts';
import type { ImportStatus } from './query/service-status.ts';
import { freeBytes } from './self-telemetry/free-bytes.ts';
import type { LogTap } from './self-telemetry/log-tap.ts';
import type { SdkTarget } from './self-telemetry/sdk.ts';
import { SELF_SERVICE_NAME, startSelfTelemetry } from './self-telemetry/start-self-telemetry.ts';
import { createWorkMeter } from './self-telemetry/work-meter.ts';
import { startSnapshots } from './snapshots/start-snapshots.ts';
import { createAdmission } from './sources/admission/admission.ts';
import { startLagMeter } from './sources/admission/lag-meter.ts';
import { createEnvelopeIntake, type EnvelopeIntake } from './sources/envelope/envelope-intake.ts';
import { parseBatch } from './sources/envelope/parse-batch.ts';
import { createHookIntake } from './sources/hooks/hook-intake.ts';
import { hookRoutes } from './sources/hooks/hook-routes.ts';
import { takeKept } from './sources/hooks/take-kept.ts';
import { createHostPolicy } from './sources/http/host-policy.ts';
import { createIngestServer, type Readiness } from './sources/http/ingest-server.ts';
import { createExportReceiver, type ExportReceiver } from './sources/otlp/export-receiver.ts';
import { startAtConnection } from './sources/otlp/grpc/start-at-connection.ts';
import { createOtlpHttpServer } from './sources/otlp/otlp-http-server.ts';
import { sampleRoutes, takeRound } from './sources/samples/sample-routes.ts';
import { createAuthenticator } from './sources/tokens/authenticator.ts';
import { readTokenSecret } from './sources/tokens/read-token-secret.ts';
import { createTokenVerifier } from './sources/tokens/verify-token.ts';
import { serveIngestSocket } from './sources/ws/ingest-socket.ts';
import { startJournalThread } from './start-journal-thread.ts';
import type { PortName } from './supervisor/messages.ts';
import { receiveConnections } from './supervisor/receive-connections.ts';
import { VERSION } from './version.ts';

/** Our own metrics leave less often than those about agents: nobody waits for them. */
const SELF_METRIC_INTERVALS = 3;

/** What the bridge is started with. */
export interface BridgeOptions {
  readonly config: BridgeConfig;
  readonly log: Logger;
  /** Where the log can be heard. */
  readonly logTap: Pick<LogTap, 'onLine'>;
  /** The program's file, which the journal's thread is started from. */
  readonly program: string;
}

/**
 * Runs the bridge until its parent tells it to stop: builds every part, introduces them to each other, and ends them
 * in reverse order. The only place that knows all parts.
 * @throws MonitorError when the configuration or the journal cannot be used.
 */
export async function runBridge({ config, log, logTap, program }: BridgeOptions): Promise<void> {
  await using parts = new AsyncDisposableStack();
  const stopped = Promise.withResolvers<void>();
  let readiness: Readiness = { ready: true };

  const redactor = createRedactor(config.privacy, config.telemetry.include_account);
  const hosts = createHostPolicy(config.allowed_hosts);
  const authenticator = createAuthenticator({
    verify: createTokenVerifier(readTokenSecret(config.token_secret_file)),
    requireTokens: config.auth.require_tokens,
    allowUnauthenticatedFrom: config.auth.allow_unauthenticated_from,
  });

  const work = createWorkMeter();
  const journalStore = parts.use(
    await openSqliteJournal({
      path: config.journal_path,
      timezone: config.timezone,
      worker: startJournalThread(config, program),
      onProblem(message) {
        if (message === null) log.info('the journal can be written again');
        else log.error({ message }, 'the journal cannot be written; it is tried again every second');
      },
      onQuarantine(file) {
        log.error(
          { ...file },
          'the journal was damaged: the file was put aside, what could be read was kept',
        );
      },
      onDeath(error) {
        log.fatal({ err: error }, 'the journal ended');
        process.exit(1);
      },
    }),
  );
  const journal = { ...journalStore, append: work.observeAppend(journalStore.append) };
  const rebuildJob = createRebuildJob(journal, log);
  parts.use(startRetention({ journal, maxAgeMs: config.retention.journal_ms, log }));
  const readModel = parts.use(
    openSqliteReadModel({
      path: config.journal_path,
      idleEndMs: config.sessions.idle_end_ms,
      abandonedAfterMs: config.sessions.abandoned_after_ms,
    }),
  );
  const delivery = parts.use(
    startDelivery({
      journal,
      targets: config.targets,
      own: config,
      logIntervalMs: config.telemetry.log_interval_ms,
      version: VERSION,
      onRequest: work.deliver,
      log,
    }),
  );
  const ownTargets = selfTargets(config);
  if (ownTargets.length > 0) {
    parts.use(
      await startSelfTelemetry({
        targets: ownTargets,
        resource: {
          'service.name': SELF_SERVICE_NAME,
          'service.version': VERSION,
          'service.instance.id': readModel.load().instanceId,
        },
        metricIntervalMs: config.telemetry.metric_interval_ms * SELF_METRIC_INTERVALS,
        work,
        read: async () => {
          const { sizeBytes, ...load } = readModel.load();
          return {
            ...load,
            journalSizeBytes: sizeBytes,
            diskFreeBytes: await freeBytes(config.journal_path),
            lanes: await delivery.status(),
          };
        },
        logTap,
        redactText: redactor.text,
      }),
    );
  }

  const follower =
    config.host === null ? null : parts.use(startFollower(config, config.host, journal.append, log));
  const senders = createSenderLog(frameworkOf);
  const rulesOf = createGuardRules(config.guardrails);
  if (config.host !== null && config.host.notify.length > 0) {
    parts.use(notifyOf(journal, createNotifier({ targets: config.host.notify, log })));
  }
  const query = parts.use(
    await createQueryServer({
      config,
      readModel,
      rulesOf,
      onEvents: journal.onEvents,
      access: {
        isKnownHost: hosts.isKnownHost,
        isKnownOrigin: hosts.isKnownOrigin,
        mayRead: ({ socket }, token) =>
          authenticator.authenticate(
            {
              headers: token === null ? {} : { authorization: `Bearer ${token}` },
              remoteAddress: socket.remoteAddress,
            },
            'query',
          ).granted,
      },
      operations: {
        listDeadLetters: journal.listDeadLetters,
        retryDeadLetters: (ids) => retryDeadLetters({ journal, delivery }, ids),
        prune: journal.prune,
        countPrunable: journal.countPrunable,
        startRebuild: rebuildJob.start,
        rebuildStatus: rebuildJob.status,
      },
      status: async () => ({
        import: follower === null ? null : toImportStatus(follower.progress()),
        delivery: await delivery.status(),
        signals: senders.signals(),
        journal: journal.health(),
      }),
      log,
    }),
  );
  const redact = (event: AgentEvent): AgentEvent => redactor.event(restoreOrigin(event));
  const exports = createExportReceiver({
    journal,
    redactor,
    toEvents(request, context) {
      for (const sent of senders.observe(context.signal, request, context.receivedMs)) work.receive(sent);
      return telemetryToEvents(context.signal, request, context);
    },
    ...(config.telemetry.internal_spans === true ? {} : { withhold: dropInternalSpans }),
  });
  const envelopes = createEnvelopeIntake({ journal, redact });
  const receiver: ExportReceiver = {
    async receive(request, context) {
      const result = await exports.receive(request, context);
      work.reject(result.rejected, 'otlp', 'own_name');
      return result;
    },
  };
  const intake: EnvelopeIntake = {
    async take(elements, claims) {
      const outcomes = await envelopes.take(elements, claims);
      for (const { rejection } of outcomes) {
        if (rejection !== undefined) work.reject(1, 'ingest', rejection.code);
      }
      return outcomes;
    },
  };
  const common = {
    journal,
    authenticator,
    hosts,
    log,
    admission: createAdmission({ lagMs: parts.use(startLagMeter()).lagMs }),
    redactText: redactor.text,
  };
  const guard = parts.use(
    createGuard({
      rulesOf,
      projectOf: (event) => attributionOf(event, config.projects).project,
      loadOf: readModel.guardLoad,
      dayCostOf: createDayCost(readModel, config.timezone),
      runningSessions: readModel.runningSessionIds,
      record: (events) => journal.append({ events: events.map(redactor.event) }),
      log,
    }),
  );
  const endNotes = journal.onEvents((events) => {
    for (const event of events) guard.note(event);
  }, guard.isNoted);
  parts.defer(endNotes);
  if (config.sessions.snapshot_interval_ms !== null) {
    parts.use(
      startSnapshots({
        readModel,
        onEvents: journal.onEvents,
        record: (events) => journal.append({ events: events.map(redactor.event) }),
        intervalMs: config.sessions.snapshot_interval_ms,
        log,
      }),
    );
  }
  const hooks = createHookIntake({
    journal,
    frameworks: HOOK_ADAPTERS.map(({ framework }) => framework),
    toEvents: ({ framework, input, ...context }) => hookToEvents(framework, input, context),
    redact: redactor.event,
    verdict: ({ input }, event, waits) => hookVerdict(input, event, waits, guard.judge),
    log,
  });
  if (config.runtime === 'embedded') {
    parts.use(
      startSpoolDrain({
        folder: join(config.state_dir, 'spool', 'events'),
        async post(lines) {
          await intake.take(parseBatch(lines, 'lines'), undefined);
          return 'sent';
        },
        log,
      }),
    );
    parts.use(
      startSpoolDrain({
        folder: join(config.state_dir, 'spool', 'hooks'),
        async post(lines) {
          await takeKept(hooks, lines, undefined);
          return 'sent';
        },
        log,
      }),
    );
  }
  if (config.runtime === 'embedded' && config.host !== null) {
    parts.use(
      startHookWatch({
        folder: join(config.state_dir, 'hooks'),
        hostname: config.host.hostname,
        sink: (events) => journal.append({ events: events.map(redactor.event) }),
        log,
      }),
    );
  }
  const samples = {
    before: (name: string) => readModel.samplers().find((sampler) => sampler.name === name)?.things ?? null,
    redact: redactor.event,
  };
  if (config.host?.vms != null && config.host.vms.uris.length > 0) {
    const { vms, hostname } = config.host;
    parts.use(
      startVmSampler({
        settings: { ...vms, intervalMs: vms.interval_ms },
        hostname,
        sink: (round) => takeRound({ journal, ...samples }, round),
        log,
      }),
    );
  }
  if (config.host?.containers != null) {
    const { containers, hostname } = config.host;
    const { socket_path, network, interval_ms } = containers;
    parts.use(
      startContainerSampler({
        settings: { socketPath: socket_path, network, intervalMs: interval_ms },
        hostname,
        sink: (round) => takeRound({ journal, ...samples }, round),
        log,
      }),
    );
  }
  const servers: Record<Exclude<PortName, 'otlp_grpc'>, Server> = {
    ingest: createIngestServer({
      ...common,
      intake,
      readiness: () => readiness,
      routes: { ...hookRoutes({ ...common, intake: hooks }), ...sampleRoutes({ ...common, ...samples }) },
    }),
    otlp_http: createOtlpHttpServer({ ...common, receiver }),
    ui: query.server,
  };

  parts.use(serveIngestSocket(servers.ingest, { ...common, intake }));
  const otlpGrpc = parts.use(
    startAtConnection(async () => {
      const { createOtlpGrpcServer } = await import('./sources/otlp/grpc/otlp-grpc-server.ts');
      return createOtlpGrpcServer({ ...common, receiver });
    }, log),
  );

  const parent = receiveConnections(
    (port, socket) => {
      if (port === 'otlp_grpc') otlpGrpc.takeConnection(socket);
      else servers[port].emit('connection', socket);
    },
    () => stopped.resolve(),
  );
  process.once('SIGTERM', () => stopped.resolve());
  process.once('SIGINT', () => stopped.resolve());
  parent.ready();
  parts.use(freeMemoryWhenQuiet());
  log.info({ journal: config.journal_path, runtime: config.runtime }, 'ready');
  await stopped.promise;
  readiness = { ready: false, reason: 'stopping' };
  for (const server of Object.values(servers)) server.close();
  log.info('stopping');
}

/** The targets that hear of the bridge's own work: those that hear of agents. */
function selfTargets({ targets, telemetry }: BridgeConfig): SdkTarget[] {
  if (!telemetry.self) return [];
  return targets.flatMap((target) => {
    const { endpoint, headers, signals } = target;
    if (endpoint === null) return [];
    return [
      {
        endpoint,
        headers,
        signals: telemetry.traces ? signals : signals.filter((signal) => signal !== 'traces'),
        ...(endpoint.startsWith('https:') ? { ca: targetCertificates(target) } : {}),
      },
    ];
  });
}

/** Tells people at once, from within the bridge: the embedded runtime has no host part of its own. */
function notifyOf({ onEvents }: Pick<Journal, 'onEvents'>, notifier: Notifier): Disposable {
  const end = onEvents(
    (events) => {
      for (const event of events) {
        const notice = toNotice(event);
        if (notice !== null) void notifier.tell(notice);
      }
    },
    ({ type }) => type === NOTIFIED_TYPE,
  );
  return { [Symbol.dispose]: end };
}

/** Follows this machine's transcripts within the bridge: the embedded runtime has no host part of its own. */
function startFollower(
  config: BridgeConfig,
  host: NonNullable<BridgeConfig['host']>,
  append: (request: { events: readonly AgentEvent[] }) => Promise<unknown>,
  log: Logger,
): TranscriptFollower {
  const redactor = createRedactor(config.privacy, config.telemetry.include_account);
  return startTranscriptFollower({
    homes: host.homes,
    formats: TRANSCRIPT_FORMATS,
    importDays: host.import_days,
    follow: host.follow,
    sink: async (events) => {
      await append({ events: events.map(redactor.event) });
    },
    stateFile: join(dirname(config.journal_path), 'transcripts.json'),
    privacy: toTranscriptPrivacy(config.privacy),
    hostname: host.hostname,
    log,
  });
}

function toImportStatus(progress: TranscriptProgress): ImportStatus {
  return {
    state: progress.state === 'importing' ? 'running' : 'done',
    filesTotal: progress.files_total,
    filesDone: progress.files_done,
    events: progress.events,
    sessions: progress.sessions,
    oldestMs: progress.oldest === null ? null : Date.parse(progress.oldest),
    newestMs: progress.newest === null ? null : Date.parse(progress.newest),
  };
}
