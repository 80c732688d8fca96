import { createHash } from 'node:crypto';
import type { AgentEvent, JsonObject } from '../domain/event.ts';
import type { DayCost, GuardLoad, GuardRules, Judge, ToolCallRequest, Verdict } from '../domain/guardrail.ts';
import { shortDigest } from '../domain/short-digest.ts';
import { present } from '../domain/values.ts';
import { checkDay, checkLimits, type LimitFinding } from './check-limits.ts';
import { checkLists, type ListFinding } from './lists/check-lists.ts';

/** How often running sessions are held against their limits, ms. */
const WATCH_INTERVAL_MS = 5000;
/** Sessions that were heard of lately are looked at each time, the others only so often, ms: they may run too long. */
const LATELY_MS = 60_000;
/** Sessions whose newest calls are remembered, for calls that repeat. */
const MAX_SESSIONS = 10_000;

/** What is older was not told when it happened, but imported: nobody needs to know any more, ms. */
const NEWS_MS = 86_400_000;

/** What the guard needs. */
export interface GuardOptions {
  readonly rulesOf: (project: string) => GuardRules;
  /** The project that an event alone belongs to; for sessions that the read model does not know yet. */
  readonly projectOf: (event: AgentEvent) => string;
  /** What a session used up; null where it is not known yet. */
  readonly loadOf: (sessionId: string) => GuardLoad | null;
  /** What a project cost today; asked for where that has a limit. */
  readonly dayCostOf: (project: string) => DayCost;
  /** Ids of sessions that run and were heard of since then, unix ms. */
  readonly runningSessions: (sinceMs: number) => readonly string[];
  /** Stores violations. */
  readonly record: (events: readonly AgentEvent[]) => Promise<unknown>;
  readonly log: { error(fields: object, message: string): void };
  /** Unix ms. @default Date.now */
  readonly now?: () => number;
}

/** Holds what agents do against the rules. */
export interface Guard extends Disposable {
  /** Judges a call before it runs, and records what it finds. */
  readonly judge: Judge;
  /** Takes note of events that are stored: calls that ran although nobody could be asked about them. */
  note(event: AgentEvent): void;
  /** Whether `note` has any use for an event. */
  isNoted(event: AgentEvent): boolean;
  /** Holds every running session against its limits, once; it is done every five seconds anyway. */
  watch(): void;
}

/** A finding with what its event says beside the rule. */
interface Violation {
  readonly rule: string;
  /** Stored, so it must hold nothing of the call itself. */
  readonly reason: string;
  /** What makes it one violation: the same scope and rule is recorded once. */
  readonly scope: string;
  readonly details: JsonObject;
}

/** Where a violation was found. */
interface Circumstances {
  readonly from: Pick<AgentEvent, 'source' | 'attributes' | 'correlation' | 'claims'>;
  readonly denied: boolean;
  readonly mode: GuardRules['mode'];
  readonly taskId: string | null;
}

/**
 * Builds the guard. Violations become `guardrail.violation` events whose ids follow from rule, task and call, so that
 * one that is found twice, or again after a restart, is one.
 */
export function createGuard(options: GuardOptions): Guard {
  const { rulesOf, projectOf, loadOf, dayCostOf, runningSessions, record, log, now = Date.now } = options;
  const repeats = new Map<string, { digest: string; count: number }>();
  /** What was recorded already: spares the journal what it would only find to be a duplicate. */
  const recorded = new Set<string>();

  const tell = (
    { rule, reason, scope, details }: Violation,
    { from, denied, mode, taskId }: Circumstances,
  ): void => {
    const action = denied ? 'denied' : 'observed';
    const idOf = (what: string): string => `guardrail:${shortDigest(JSON.stringify([rule, scope, what]))}`;
    const id = idOf(action);
    // What was denied need not be observed as well.
    if (recorded.has(id) || recorded.has(idOf('denied'))) return;
    if (recorded.size >= MAX_SESSIONS) recorded.clear();
    recorded.add(id);
    const event: AgentEvent = {
      ...from,
      attributes: { ...from.attributes, ...(taskId === null ? {} : { task_id: taskId }) },
      id,
      type: 'guardrail.violation',
      tsMs: now(),
      tsNanos: 0,
      origin: 'bridge',
      payload: { rule, action, mode, reason, ...details },
    };
    record([event]).catch((error: unknown) => {
      recorded.delete(id);
      log.error({ err: error, rule }, 'a guardrail violation could not be recorded');
    });
  };

  const repeatsOf = ({ event, toolName, input }: ToolCallRequest): number => {
    const session = event.correlation.sessionId ?? '';
    const digest = createHash('sha256')
      .update(JSON.stringify([toolName, input]))
      .digest('base64url');
    const before = repeats.get(session);
    const count = before?.digest === digest ? before.count + 1 : 1;
    if (repeats.size >= MAX_SESSIONS) repeats.clear();
    repeats.set(session, { digest, count });
    return count;
  };

  const ofList = (finding: ListFinding, { event, toolName }: ToolCallRequest): Violation => ({
    rule: finding.rule,
    reason: finding.stored,
    scope: event.correlation.spanId ?? event.id,
    details: present({ tool_name: toolName, list: true, tool_use_id: event.correlation.spanId }),
  });

  const ofLimit = (finding: LimitFinding, session: string, load: GuardLoad): Violation => ({
    rule: finding.rule,
    reason: finding.reason,
    scope: finding.ofTask ? `${session}/${load.runId}` : [session, finding.date].filter(Boolean).join('/'),
    details: { list: false, value: finding.value, limit: finding.limit },
  });

  const limitsOf = (load: GuardLoad, rules: GuardRules): LimitFinding[] => [
    ...checkLimits(load, rules),
    ...(rules.maxDayCostNanoUsd === null ? [] : checkDay(dayCostOf(load.project), load.project, rules)),
  ];

  /** The first thing that is against a call, all of it recorded. */
  const judge = (request: ToolCallRequest): Verdict | null => {
    const { event, toolName, waits } = request;
    const session = event.correlation.sessionId;
    const load = session === undefined ? null : loadOf(session);
    const rules = rulesOf(load?.project ?? projectOf(event));
    if (rules.mode === 'off') return null;
    const denies = waits && rules.mode === 'enforce';
    const where: Circumstances = {
      from: event,
      denied: denies,
      mode: rules.mode,
      taskId: load?.taskId ?? null,
    };
    const reasons: string[] = [];
    const onList = checkLists(request, rules);
    if (onList !== null) {
      tell(ofList(onList, request), where);
      reasons.push(onList.reason);
    }
    const count = repeatsOf(request);
    if (rules.maxRepeats !== null && count > rules.maxRepeats) {
      const reason = `the same call of ${toolName} ${count} times in a row, the limit is ${rules.maxRepeats} (max_repeats)`;
      const details = present({ tool_name: toolName, list: false, value: count, limit: rules.maxRepeats });
      tell({ rule: 'max_repeats', reason, scope: `${session}/${load?.runId}/${toolName}`, details }, where);
      reasons.push(reason);
    }
    if (session !== undefined && load !== null) {
      for (const finding of limitsOf(load, rules)) {
        tell(ofLimit(finding, session, load), where);
        reasons.push(finding.reason);
      }
    }
    const [reason] = reasons;
    return denies && reason !== undefined
      ? { decision: 'deny', reason: `agent-monitor guardrail: ${reason}` }
      : null;
  };

  const isNoted = ({ type }: AgentEvent): boolean => type === 'agent.hook_failed';

  const note = (event: AgentEvent): void => {
    if (!isNoted(event) || event.tsMs < now() - NEWS_MS) return;
    const { sessionId, spanId } = event.correlation;
    const load = sessionId === undefined ? null : loadOf(sessionId);
    const { mode } = rulesOf(load?.project ?? projectOf(event));
    if (mode !== 'enforce') return;
    const violation: Violation = {
      rule: 'unasked',
      reason: 'a call ran without being judged: the bridge did not answer its hook',
      scope: spanId ?? event.id,
      details: present({ list: true, tool_use_id: spanId }),
    };
    tell(violation, { from: event, denied: false, mode, taskId: load?.taskId ?? null });
  };

  let allMs = Number.NEGATIVE_INFINITY;
  const watch = (): void => {
    const nowMs = now();
    const isForAll = nowMs - allMs >= LATELY_MS;
    if (isForAll) allMs = nowMs;
    for (const session of runningSessions(isForAll ? 0 : nowMs - LATELY_MS)) {
      const load = loadOf(session);
      if (load === null) continue;
      const rules = rulesOf(load.project);
      if (rules.mode === 'off') continue;
      const from = {
        source: { framework: load.framework, host: load.host ?? undefined },
        correlation: present({ sessionId: session, runId: load.runId ?? undefined }),
        attributes: {},
      };
      for (const finding of limitsOf(load, rules)) {
        tell(ofLimit(finding, session, load), { from, denied: false, mode: rules.mode, taskId: load.taskId });
      }
    }
  };

  const timer = setInterval(() => {
    try {
      watch();
    } catch (error) {
      log.error({ err: error }, 'sessions could not be held against their guardrails; tried again');
    }
  }, WATCH_INTERVAL_MS).unref();

  return { judge, note, isNoted, watch, [Symbol.dispose]: () => clearInterval(timer) };
}
