import type { FastifyInstance } from 'fastify';
import type { QuarantinedFile } from '../../domain/journal.ts';
import type { AgentFreshness, UnpricedModel } from '../../domain/read-model.ts';
import { isoTime, isoTimeOrNull } from '../json/time.ts';
import type { RouteContext } from '../options.ts';
import { readParameters } from '../parameters.ts';
import type { AgentSignals, DeliveryStatus, ImportStatus } from '../service-status.ts';

/** Models without a price are named for so long after they were used, ms. */
const UNPRICED_MS = 30 * 86_400_000;

/** Health and state of the service. */
export function registerStatusRoutes(app: FastifyInstance, { readModel, status, clock }: RouteContext): void {
  app.get('/healthz', async () => ({ status: 'ok' }));

  app.get('/v1/status', async (request) => {
    readParameters({}, request.query);
    const service = await status();
    const {
      sizeBytes,
      unprojectedEvents,
      pendingFacts,
      deadLetters,
      oldestEventMs,
      newestEventMs,
      ...journal
    } = readModel.stats();
    const { factsCorrected, warnings } = readModel.load();
    return {
      import: service.import === null ? null : importJson(service.import),
      agents: agentsJson(readModel.agents(), service.signals),
      delivery: service.delivery.map(deliveryJson),
      journal: {
        ...journal,
        unprojected_events: unprojectedEvents,
        pending_facts: pendingFacts,
        facts_corrected: factsCorrected,
        warnings: [...warnings, ...unpricedWarnings(readModel.unpricedModels(clock() - UNPRICED_MS))],
        dead_letters: deadLetters,
        size_bytes: sizeBytes,
        oldest_event_at: isoTimeOrNull(oldestEventMs),
        newest_event_at: isoTimeOrNull(newestEventMs),
        problem: service.journal?.problem ?? null,
        quarantined: (service.journal?.quarantined ?? []).map(quarantinedJson),
      },
    };
  });
}

/** One sentence where models were used that no price is known for. */
function unpricedWarnings(models: readonly UnpricedModel[]): string[] {
  if (models.length === 0) return [];
  const names = models.map(({ model }) => `"${model ?? 'unknown'}"`).join(', ');
  return [
    `unpriced: ${names}; their tokens count, their cost does not. Add them to "prices:" in settings.yaml`,
  ];
}

function importJson(status: ImportStatus) {
  return {
    state: status.state,
    files_total: status.filesTotal,
    files_done: status.filesDone,
    events: status.events,
    sessions: status.sessions,
    oldest: isoTimeOrNull(status.oldestMs),
    newest: isoTimeOrNull(status.newestMs),
  };
}

function quarantinedJson(file: QuarantinedFile) {
  return {
    path: file.path,
    reason: file.reason,
    at: isoTime(file.atMs),
    counters_kept: file.countersKept,
    events_kept: file.events,
    facts_kept: file.facts,
  };
}

function deliveryJson(lane: DeliveryStatus) {
  return {
    target: lane.target,
    lane: lane.lane,
    state: lane.state,
    lag_records: lane.lagRecords,
    last_success_at: isoTimeOrNull(lane.lastSuccessMs),
    last_error: lane.lastError,
    refused_records: lane.refusedRecords,
  };
}

/** Agents whose events the journal knows, and senders that it has none of. */
function agentsJson(agents: readonly AgentFreshness[], signals: readonly AgentSignals[]) {
  const silent = signals.filter((sender) => !agents.some((agent) => isSame(agent, sender)));
  return [
    ...agents.map((agent) => agentJson(agent, signals)),
    ...silent.map((sender) => agentJson({ ...sender, lastEventMs: null, sessions24h: 0 }, signals)),
  ];
}

function isSame(
  agent: Pick<AgentFreshness, 'framework' | 'project' | 'agent'>,
  sender: AgentSignals,
): boolean {
  return (
    sender.framework === agent.framework && sender.project === agent.project && sender.agent === agent.agent
  );
}

/** The journal knows an agent's events; its metrics and spans pass by it. */
function agentJson(agent: AgentFreshness, signals: readonly AgentSignals[]) {
  const passed = signals.find((sender) => isSame(agent, sender));
  return {
    framework: agent.framework,
    project: agent.project,
    agent: agent.agent,
    last_event_at: isoTimeOrNull(agent.lastEventMs),
    last_metric_at: isoTimeOrNull(later(agent.lastMetricMs, passed?.lastMetricMs)),
    last_log_at: isoTimeOrNull(later(agent.lastLogMs, passed?.lastLogMs)),
    last_span_at: isoTimeOrNull(later(agent.lastSpanMs, passed?.lastSpanMs)),
    sessions_24h: agent.sessions24h,
  };
}

function later(a: number | null, b: number | null | undefined): number | null {
  if (a === null || b === null || b === undefined) return a ?? b ?? null;
  return Math.max(a, b);
}
