import type { JsonObject } from '../domain/event.ts';
import type { Fact } from '../domain/fact.ts';
import { numberOf, objectOf, textOf } from '../domain/values.ts';
import { nanoUsd } from './usage.ts';

/** Counts of tokens and a cost, nano-dollars. */
export interface Amounts {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheCreationTokens: number;
  readonly costNanoUsd: number;
}

/** What was used, by model. */
type ByModel = ReadonlyMap<string, Amounts>;

/** What an agent says at the end of a process that its session used so far. */
export interface SessionSum {
  /** When the process began, unix ms: names the sum. */
  readonly sinceMs: number;
  readonly atMs: number;
  /** True where counters leave it out. */
  readonly history: boolean;
  /** True where the sum began with that of another session, which is not known here. */
  readonly forked: boolean;
  readonly models: ByModel;
}

/** What a session used beyond the calls that are known one by one, in one process and of one model. */
export interface Remainder {
  readonly sinceMs: number;
  readonly atMs: number;
  readonly history: boolean;
  readonly model: string;
  readonly amounts: Amounts;
}

export const NOTHING: Amounts = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheCreationTokens: 0,
  costNanoUsd: 0,
};
export const TOKEN_FIELDS = [
  'inputTokens',
  'outputTokens',
  'cacheReadTokens',
  'cacheCreationTokens',
] as const;
/** Calls that end a little after the last thing that the process wrote are its own. */
const SLACK_MS = 60_000;
const SUM_KEY = 'sum@';

/** A sum as the data of a session's fact keeps it: under a key of its own, so that several stay side by side. */
export function sumData(payload: Readonly<JsonObject>, atMs: number, history: boolean): JsonObject {
  const { models, since_ms: sinceMs, forked_from: forkedFrom } = payload;
  if (objectOf(models) === undefined) return {};
  const kept = { at_ms: atMs, history, forked: forkedFrom !== undefined, models };
  return { [`${SUM_KEY}${numberOf(sinceMs) ?? 0}`]: kept };
}

/** The sums that a session's fact keeps, oldest first. */
export function sumsOf({ data }: Pick<Fact, 'data'>): SessionSum[] {
  return Object.entries(data)
    .flatMap(([key, value]): SessionSum[] => {
      const kept = key.startsWith(SUM_KEY) ? objectOf(value) : undefined;
      if (kept === undefined) return [];
      const models = Object.entries(objectOf(kept.models) ?? {}).map(
        ([model, told]) => [model, amountsOf(objectOf(told) ?? {})] as const,
      );
      return [
        {
          sinceMs: Number(key.slice(SUM_KEY.length)),
          atMs: numberOf(kept.at_ms) ?? 0,
          history: kept.history === true,
          forked: kept.forked === true,
          models: new Map(models),
        },
      ];
    })
    .sort((a, b) => a.sinceMs - b.sinceMs);
}

/** True where the time of a call may be that of a process whose sum is known. */
export function concerns(sums: readonly SessionSum[], atMs: number): boolean {
  return sums.some((sum) => atMs <= sum.atMs + SLACK_MS);
}

/**
 * What sums tell beyond the calls that are known one by one: titles, classifiers and what else an agent asks without
 * saying so in its transcript. Pure, and independent of the order in which things became known.
 *
 * A process is compared with the calls in its time alone: what a killed one spent is missing from all later sums. All
 * models are compared together first, since a sum names the model that was asked for and a call the one that answered.
 * @param calls model calls of the session that are summed
 */
export function remaindersOf(sums: readonly SessionSum[], calls: readonly Fact[]): Remainder[] {
  return sums.flatMap((sum, index) => {
    const before = sums[index - 1];
    if (before === undefined && sum.forked) return [];
    const fromMs = before === undefined ? Number.NEGATIVE_INFINITY : sum.sinceMs;
    const untilMs = sums[index + 1]?.sinceMs ?? sum.atMs + SLACK_MS;
    const inTime = calls.filter((call) => isWithin(call, fromMs, untilMs));
    return restOf(growth(before?.models, sum.models), byModel(inTime)).map(([model, amounts]) => ({
      ...sum,
      model,
      amounts,
    }));
  });
}

function isWithin(call: Fact, fromMs: number, untilMs: number): boolean {
  const atMs = call.endMs ?? call.startMs ?? 0;
  return atMs >= fromMs && atMs < untilMs;
}

/** What is told and not known, by model. Where no tokens are missing, no cost is: prices differ, calls do not. */
function restOf(told: ByModel, known: ByModel): [string, Amounts][] {
  const left = { ...difference(total(told), total(known)) };
  const rests: [string, Amounts][] = [];
  for (const model of [...told.keys()].sort()) {
    const missing = difference(told.get(model) ?? NOTHING, known.get(model) ?? NOTHING);
    const rest = { ...NOTHING, costNanoUsd: Math.min(missing.costNanoUsd, left.costNanoUsd) };
    for (const field of TOKEN_FIELDS) rest[field] = Math.min(missing[field], left[field]);
    if (TOKEN_FIELDS.every((field) => rest[field] === 0)) continue;
    for (const field of [...TOKEN_FIELDS, 'costNanoUsd'] as const) left[field] -= rest[field];
    rests.push([model, rest]);
  }
  return rests;
}

function growth(before: ByModel | undefined, after: ByModel): ByModel {
  if (before === undefined) return after;
  return new Map([...after].map(([model, sum]) => [model, difference(sum, before.get(model) ?? NOTHING)]));
}

function byModel(calls: readonly Fact[]): ByModel {
  const sums = new Map<string, Amounts>();
  for (const call of calls) {
    const model = textOf(call.data.requested_model) ?? call.name ?? '';
    sums.set(model, add(sums.get(model) ?? NOTHING, { ...call, costNanoUsd: call.costNanoUsd ?? 0 }));
  }
  return sums;
}

function total(models: ByModel): Amounts {
  return [...models.values()].reduce(add, NOTHING);
}

function add(a: Amounts, b: Amounts): Amounts {
  return combine(a, b, (x, y) => x + y);
}

/** What `a` has beyond `b`; nothing is owed. */
function difference(a: Amounts, b: Amounts): Amounts {
  return combine(a, b, (x, y) => Math.max(0, x - y));
}

/** Applies a function to each pair of amounts. */
export function combine(a: Amounts, b: Amounts, apply: (x: number, y: number) => number): Amounts {
  return {
    inputTokens: apply(a.inputTokens, b.inputTokens),
    outputTokens: apply(a.outputTokens, b.outputTokens),
    cacheReadTokens: apply(a.cacheReadTokens, b.cacheReadTokens),
    cacheCreationTokens: apply(a.cacheCreationTokens, b.cacheCreationTokens),
    costNanoUsd: apply(a.costNanoUsd, b.costNanoUsd),
  };
}

function amountsOf(told: JsonObject): Amounts {
  return {
    inputTokens: numberOf(told.input_tokens) ?? 0,
    outputTokens: numberOf(told.output_tokens) ?? 0,
    cacheReadTokens: numberOf(told.cache_read_tokens) ?? 0,
    cacheCreationTokens: numberOf(told.cache_creation_tokens) ?? 0,
    costNanoUsd: nanoUsd(numberOf(told.cost_usd) ?? 0),
  };
}
