import type { FastifyInstance } from 'fastify';
import { MonitorError } from '../../domain/error.ts';
import type { GuardLoad, GuardRules } from '../../domain/guardrail.ts';
import { eventJson } from '../json/event-json.ts';
import { microUsd, microUsdOrNull } from '../json/money.ts';
import { isoTimeOrNull } from '../json/time.ts';
import type { RouteContext } from '../options.ts';
import { limitParameter, readParameters, textParameter } from '../parameters.ts';

/** `GET /v1/guardrails`: the newest violations; with `session_id` also that session's rules and what it used up. */
export function registerGuardrailRoutes(app: FastifyInstance, { readModel, rulesOf }: RouteContext): void {
  app.get('/v1/guardrails', async (request) => {
    const { session_id, limit } = readParameters(
      { session_id: textParameter, limit: limitParameter(100, 1000) },
      request.query,
    );
    const violations = readModel
      .listEvents({ type: 'guardrail.violation', sessionId: session_id, limit })
      .map(eventJson);
    if (session_id === undefined) return { violations, rules: null, load: null };
    const load = readModel.guardLoad(session_id);
    if (load === null) {
      throw new MonitorError(
        'not_found',
        `Cannot show guardrails of session "${session_id}": the journal has none of that id`,
      );
    }
    return { violations, rules: rulesJson(rulesOf(load.project)), load: loadJson(load) };
  });
}

function rulesJson(rules: GuardRules) {
  return {
    mode: rules.mode,
    max_tokens_per_task: rules.maxTokensPerTask,
    max_file_operations: rules.maxFileOperations,
    max_duration_ms: rules.maxDurationMs,
    max_cost_micro_usd: microUsdOrNull(rules.maxCostNanoUsd),
    max_cost_per_day_micro_usd: microUsdOrNull(rules.maxDayCostNanoUsd),
    max_failures_in_row: rules.maxFailuresInRow,
    max_repeats: rules.maxRepeats,
    allow: rules.allow,
    deny: rules.deny,
  };
}

function loadJson(load: GuardLoad) {
  return {
    project: load.project,
    agent: load.agent,
    run_id: load.runId,
    run_started_at: isoTimeOrNull(load.runStartedMs),
    tokens: load.tokens,
    cost_micro_usd: microUsd(load.costNanoUsd),
    file_operations: load.fileOperations,
    failures_in_row: load.failuresInRow,
  };
}
