import type { Attributes, LogRecord } from '../domain/outbox.ts';
import { numberOf } from '../domain/values.ts';
import type { BypassMinute } from './permission-modes.ts';
import { ACCOUNT_SERVICE_NAME, type Owner, SERVICE_NAME, toResource } from './resource.ts';

/** Log records of a session are summed by this much of their time, ms: an account has the time of its last event. */
export const ACCOUNT_MS = 60_000;

/** What accounts add up, by the name of the column and of the attribute. Counts, but for what the name says. */
export const ACCOUNT_SUMS = [
  'runs',
  'model_calls',
  'unpriced_calls',
  'unpriced_output_tokens',
  'tool_calls',
  'failed_tool_calls',
  'cost_nano_usd',
  'lines_added',
  'lines_removed',
] as const;
/** Of what accounts have the largest, tokens. */
export const ACCOUNT_PEAKS = ['prompt_tokens'] as const;

type Sum = (typeof ACCOUNT_SUMS)[number];
type Peak = (typeof ACCOUNT_PEAKS)[number];
/** What an account has beside its identity; a name that is left out is 0. */
export type AccountFigures = Readonly<Partial<Record<Sum | Peak, number>>>;

/** What is summed into one account. */
export interface AccountKey {
  /** Empty = of no session. */
  readonly sessionId: string;
  /** Resource of the account's record: whose session it is. */
  readonly resource: Attributes;
  /** Start of the time that it covers, unix ms. */
  readonly fromMs: number;
  /** Empty = the main agent's. */
  readonly subagent: string;
  /** Of calls without a price alone: which model has none. Else empty. */
  readonly model: string;
}

/** What one or more log records tell. */
export interface SessionAccount extends AccountKey {
  readonly firstMs: number;
  readonly lastMs: number;
  readonly figures: AccountFigures;
  /** Whether something began or was over: readers shall see it soon. */
  readonly isTurn: boolean;
}

const TURNS = new Set(['session.start', 'session.end', 'run.end']);
const NOT_WELL = new Set(['failure', 'error']);

/**
 * What the log record of an event adds to the account of its session: what a query over that record would count. Pure.
 * @returns null where it adds nothing: history, and what belongs to no session and costs nothing.
 */
export function accountOf({ resource, attributes, timeUnixNano }: LogRecord): SessionAccount | null {
  if (resource['service.name'] !== SERVICE_NAME) return null;
  const sessionId = attributes['session.id'];
  const figures = figuresOf(attributes);
  if (sessionId === undefined && Object.keys(figures).length === 0) return null;
  const atMs = Number(BigInt(timeUnixNano) / 1_000_000n);
  return {
    sessionId: String(sessionId ?? ''),
    resource: { ...resource, 'service.name': ACCOUNT_SERVICE_NAME },
    fromMs: atMs - (atMs % ACCOUNT_MS),
    subagent: String(attributes.subagent ?? ''),
    model: figures.unpriced_calls === undefined ? '' : String(attributes['gen_ai.request.model'] ?? ''),
    firstMs: atMs,
    lastMs: atMs,
    figures,
    isTurn: TURNS.has(String(attributes['event.name'])),
  };
}

function figuresOf(attributes: Attributes): AccountFigures {
  const type = attributes['event.name'];
  const figures: { -readonly [Key in keyof AccountFigures]: AccountFigures[Key] } = {};
  const put = (name: keyof AccountFigures, value: number): void => {
    if (value !== 0) figures[name] = value;
  };
  // What is not whole nano-dollars is no cost that the bridge knows.
  put('cost_nano_usd', Math.round((numberOf(attributes.cost_usd) ?? 0) * 1e9));
  if (type === 'run.end') put('runs', 1);
  else if (type === 'api.request') addCall(attributes, put);
  if (type === 'span.end') {
    put('lines_added', numberOf(attributes.lines_added) ?? 0);
    put('lines_removed', numberOf(attributes.lines_removed) ?? 0);
    if (attributes['gen_ai.tool.name'] !== undefined) {
      put('tool_calls', 1);
      if (NOT_WELL.has(String(attributes['agent.outcome']))) put('failed_tool_calls', 1);
    }
  }
  return figures;
}

function addCall(attributes: Attributes, put: (name: keyof AccountFigures, value: number) => void): void {
  const output = numberOf(attributes.output_tokens) ?? 0;
  put('model_calls', 1);
  const sent = ['input_tokens', 'cache_read_tokens', 'cache_creation_tokens'];
  put(
    'prompt_tokens',
    sent.reduce((sum, name) => sum + (numberOf(attributes[name]) ?? 0), 0),
  );
  if (output <= 0 || attributes.cost_usd !== undefined) return;
  put('unpriced_calls', 1);
  put('unpriced_output_tokens', output);
}

/** Two accounts of the same key as one. */
export function togetherOf(one: SessionAccount, other: SessionAccount): SessionAccount {
  const figures: { -readonly [Key in keyof AccountFigures]: AccountFigures[Key] } = { ...one.figures };
  for (const name of ACCOUNT_SUMS) {
    const value = other.figures[name];
    if (value !== undefined) figures[name] = (figures[name] ?? 0) + value;
  }
  for (const name of ACCOUNT_PEAKS) {
    const value = other.figures[name];
    if (value !== undefined) figures[name] = Math.max(figures[name] ?? 0, value);
  }
  return {
    ...one,
    figures,
    firstMs: Math.min(one.firstMs, other.firstMs),
    lastMs: Math.max(one.lastMs, other.lastMs),
  };
}

/**
 * The log record of an account: what a session did in a minute, so that tables of sessions read a few of these where
 * they would read every event. Frozen once built, as all records.
 * @param id of the account, never used twice: two accounts of one moment are two records.
 * @param toldMs when it was told, unix ms.
 */
export function toAccountRecord(account: SessionAccount, id: number, toldMs: number): LogRecord {
  const { sessionId, resource, subagent, model, firstMs, lastMs, figures } = account;
  const { cost_nano_usd: costNano, ...others } = figures;
  return {
    resource,
    // Whole milliseconds are those of the last event; the rest keeps accounts of one moment apart.
    timeUnixNano: (BigInt(lastMs) * 1_000_000n + BigInt(id % 1_000_000)).toString(),
    observedTimeUnixNano: (BigInt(toldMs) * 1_000_000n).toString(),
    severityNumber: 9,
    severityText: 'INFO',
    body: `account ${id}`,
    attributes: {
      ...(sessionId === '' ? {} : { 'session.id': sessionId }),
      ...(subagent === '' ? {} : { subagent }),
      ...(model === '' ? {} : { 'gen_ai.request.model': model }),
      first_ms: firstMs,
      last_ms: lastMs,
      ...Object.fromEntries(Object.entries(others).filter(([, value]) => value !== 0)),
      ...(costNano === undefined || costNano === 0 ? {} : { cost_usd: costNano / 1e9 }),
    },
  };
}

/**
 * The log record of how long a session was in bypass mode in a minute, beside the accounts. Its time is just before the end of
 * that time: within the minute, and within a range that ends there.
 * @param session whose time it was.
 * @param toldMs when it was told, unix ms.
 */
export function toBypassRecord(
  { mode, ms, endMs }: BypassMinute,
  session: Owner & { readonly id: string },
  instanceId: string,
  toldMs: number,
): LogRecord {
  return {
    resource: toResource(session, ACCOUNT_SERVICE_NAME, instanceId),
    timeUnixNano: (BigInt(endMs) * 1_000_000n - 1n).toString(),
    observedTimeUnixNano: (BigInt(toldMs) * 1_000_000n).toString(),
    severityNumber: 9,
    severityText: 'INFO',
    // A correction is another record, told at another time.
    body: `mode ${session.id} ${mode} ${toldMs}`,
    attributes: { 'session.id': session.id, permission_mode: mode, bypass_ms: ms },
  };
}
