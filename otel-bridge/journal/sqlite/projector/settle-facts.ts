import type { JournalEvent } from '../../../domain/event.ts';
import type { Fact } from '../../../domain/fact.ts';
import type { Attributes } from '../../../domain/outbox.ts';
import type { TokenAttributionPayload } from '../../../domain/payload.ts';
import { attributeTokens, type FileTokens } from '../../../domain/token-attribution.ts';
import { type Owner, SERVICE_NAME, toResource } from '../../../projections/resource.ts';
import { ownerOf, settleFact } from '../../../projections/settle-fact.ts';
import { EVENT_COLUMNS, rowEvent } from '../event-row.ts';
import type { ProjectorContext } from './context.ts';
import type { Turn } from './turn.ts';

/** The most facts of one step. */
const STEP_FACTS = 512;
const MAX_KEPT_OWNERS = 1000;

/** Counts facts when they are due: counters, spans and the log records of model calls. */
export interface FactSettlement {
  /** Counts one fact, within a step. */
  settle(fact: Fact, nowMs: number): void;
  /** Counts what is due. @returns true where there may be more */
  settleDue(nowMs: number, turn: Turn): boolean;
}

/** Creates the settlement on the projector's context. */
export function createFactSettlement(context: ProjectorContext): FactSettlement {
  const { database, store, series, outbox, settings } = context;
  const selectDue = database.prepare('SELECT * FROM facts WHERE due_ms <= ? ORDER BY due_ms LIMIT ?');
  const selectEvent = database.prepare(`SELECT seq, ${EVENT_COLUMNS} FROM events WHERE seq = ?`);
  const giveUp = database.prepare("UPDATE facts SET state = 'counted', due_ms = NULL WHERE id = ?");
  const putAside = database.prepare(
    "INSERT INTO dead_letters (target, lane, reason, failed_ms, record) VALUES ('projection', 'fact', ?, ?, ?)",
  );

  // One object per owner: what is derived from it is derived once.
  const resources = new Map<string, Attributes>();
  const resourceOf = (owner: Owner): Attributes => {
    const key = JSON.stringify([owner.project, owner.agent, owner.framework, owner.host]);
    let resource = resources.get(key);
    if (resource === undefined) {
      if (resources.size >= MAX_KEPT_OWNERS) resources.clear();
      resource = toResource(owner, SERVICE_NAME, settings.instanceId);
      resources.set(key, resource);
    }
    return resource;
  };

  const settle = (fact: Fact, nowMs: number): void => {
    const session = fact.sessionId === null ? undefined : store.session(fact.sessionId);
    const isLogged = fact.kind === 'api' && settings.lanes.logs;
    const row = session === undefined || isLogged ? selectEvent.get(fact.firstJournalSeq) : undefined;
    const event = row === undefined ? undefined : rowEvent(row);
    const owner = ownerOf(session, event, settings);
    const settled = settleFact(fact, session, owner, store, settings);
    const counted = series.add(settled.increments, resourceOf(owner), nowMs);
    store.settle(settled.fact, {
      superseded: settled.superseded,
      counted: counted.length === 0 ? null : JSON.stringify(counted),
    });
    for (const key of settled.supersedes) store.supersede(key);
    for (const changed of settled.changed) store.putFact(changed);
    if (settled.span !== null) outbox.add({ lane: 'traces', span: settled.span });
    if (fact.kind === 'run') logFiles(settled.fact);
    if (isLogged && event !== undefined && !settled.superseded) context.log(event, settled.fact);
  };

  /** What each file cost in a run, once the run is counted: as records, never as a label of a metric. */
  const logFiles = (run: Fact): void => {
    if (run.sessionId === null || run.runId === null || !settings.lanes.logs) return;
    const files = attributeTokens(store.callsOfRun(run.sessionId, run.runId));
    const row = files.length === 0 ? undefined : selectEvent.get(run.firstJournalSeq);
    if (row === undefined) return;
    const first = rowEvent(row);
    for (const file of files) {
      const event = fileEvent(first, run, file);
      context.log(event, {
        ...run,
        kind: 'event',
        outcome: 'unknown',
        name: file.filePath,
        durationMs: null,
      });
    }
  };

  return {
    settle,
    settleDue(nowMs, turn) {
      const most = turn.rows(STEP_FACTS);
      const rows = selectDue.all(nowMs, most);
      if (rows.length === 0) return false;
      const more = context.each(rows, turn, {
        take: (row) => settle(store.load(row), nowMs),
        putAside(row, reason) {
          giveUp.run(Number(row.id));
          putAside.run(`fact "${String(row.key)}": ${reason}`, nowMs, Buffer.from(String(row.data)));
        },
      });
      return more || rows.length === most;
    },
  };
}

/** What a file cost in a run, as an event of that run. */
function fileEvent(first: JournalEvent, run: Fact, file: FileTokens): JournalEvent {
  const payload: TokenAttributionPayload = {
    file_path: file.filePath,
    input_tokens: file.inputTokens,
    output_tokens: file.outputTokens,
  };
  return {
    ...first,
    id: `${run.key}:${file.filePath}`,
    type: 'token.attribution',
    tsMs: run.endMs ?? first.tsMs,
    correlation: {
      ...(run.sessionId === null ? {} : { sessionId: run.sessionId }),
      runId: run.runId ?? undefined,
    },
    payload: { ...payload },
  };
}
