import type { KnownFact } from '../../domain/read-model.ts';
import { sumFacts } from '../fact-usage.ts';
import { isoTimeOrNull } from './time.ts';
import { usageJson } from './usage-json.ts';

/** A run as the API gives it, with what its facts used. */
export function runJson(run: KnownFact, facts: readonly KnownFact[]) {
  const { sessions: _, runs: __, tasks: ___, tasks_failed: ____, ...usage } = usageJson(sumFacts(facts));
  return {
    run_id: run.runId,
    session_id: run.sessionId,
    trace_id: run.traceId,
    started_at: isoTimeOrNull(run.startMs),
    ended_at: isoTimeOrNull(run.endMs),
    duration_ms: run.durationMs,
    outcome: run.outcome,
    ...usage,
  };
}

/** The runs of a session in order of time. */
export function sessionRunsJson(facts: readonly KnownFact[]) {
  const byRun = Map.groupBy(facts, ({ runId }) => runId);
  return facts.filter(({ kind }) => kind === 'run').map((run) => runJson(run, byRun.get(run.runId) ?? []));
}
