/** What a real Claude Code sent (test/fixtures/claude-code), with ids and times that change. */
import type { Signal } from '../../../otel-bridge/domain/outbox.ts';
import { decodeRequest, encodeRequest } from '../../../otel-bridge/otlp/codec.ts';
import type { LogsRequest, OtlpLogRecord, ResourceLogs } from '../../../otel-bridge/otlp/types.ts';
import { CLAUDE_SCENARIOS, recordedExports } from '../../helpers/claude-fixtures.ts';
import { type Template, TIME_NANO, TIME_TEXT, token, toTemplate } from './template.ts';

/** Ids of sessions, prompts, messages, tool uses and requests. */
const IDS = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|\b(toolu_|req_|msg_)(\w{10,})/g;
const TIMES = /\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g;

/** All recorded export requests of a signal as JSON, in order. */
export function recordedRequests(signal: Signal, scenarios: readonly string[] = CLAUDE_SCENARIOS): string[] {
  return scenarios.flatMap((scenario) =>
    recordedExports(scenario, signal).map((request) => JSON.stringify(request)),
  );
}

/** Puts other ids, of the same shape, in the place of those that a text holds. */
export function replaceIds(text: string, to: (id: string, prefix: string, length: number) => string): string {
  return text.replaceAll(IDS, (id, prefix?: string, rest?: string) =>
    to(id, prefix ?? '', rest === undefined ? 36 : rest.length),
  );
}

/** Requests of so many of the recorded log records each, with all that Claude Code writes into them. */
export function claudeCodeLogs(perRequest: number): Template {
  const requests = recordedRequests('logs');
  const bodies: { records: number; request: LogsRequest }[] = [];
  let taken = 0;
  let open: ResourceLogs[] = [];
  let records = 0;
  // Every time through the recordings the ids are new ones.
  for (let round = 0; bodies.length < 4; round++) {
    const tokens = new Map<string, number>();
    const seen = new Set<string>();
    for (const text of requests) {
      for (const group of withTokens(text, tokens, () => ++taken, seen).resourceLogs) {
        for (const part of cut(group, () => perRequest - records)) {
          open.push(part);
          records += countRecords(part);
          if (records < perRequest) continue;
          bodies.push({ records, request: { resourceLogs: open } });
          open = [];
          records = 0;
        }
      }
    }
    if (round > 10_000) throw new Error('The recordings of Claude Code hold no log records');
  }
  return toTemplate(
    'application/x-protobuf',
    bodies
      .slice(0, 4)
      .map(({ request, records: items }) => ({ body: encodeRequest('logs', request), items })),
  );
}

function withTokens(
  text: string,
  tokens: Map<string, number>,
  take: () => number,
  seen: Set<string>,
): LogsRequest {
  const replaced = replaceIds(text, (id, prefix, length) => {
    const number = tokens.get(id) ?? take();
    tokens.set(id, number);
    return prefix === '' ? token(number, 'uuid') : `${prefix}${token(number, length)}`;
  }).replaceAll(TIMES, TIME_TEXT);
  const request = decodeRequest('logs', Buffer.from(replaced), 'json');
  for (const scoped of request.resourceLogs.flatMap(({ scopeLogs }) => scopeLogs)) {
    for (const record of scoped.logRecords) {
      record.timeUnixNano = TIME_NANO;
      record.observedTimeUnixNano = TIME_NANO;
    }
    // Some differ in their times alone, which are all the same now.
    scoped.logRecords = scoped.logRecords.filter((record) => {
      const said = JSON.stringify(record);
      return !seen.has(said) && seen.add(said);
    });
  }
  return request;
}

/** Parts of a resource's records that are not longer than what there is room for. */
function* cut(group: ResourceLogs, room: () => number): Generator<ResourceLogs> {
  for (const scoped of group.scopeLogs) {
    let rest: OtlpLogRecord[] = scoped.logRecords;
    while (rest.length > 0) {
      const size = room();
      yield { ...group, scopeLogs: [{ ...scoped, logRecords: rest.slice(0, size) }] };
      rest = rest.slice(size);
    }
  }
}

function countRecords({ scopeLogs }: ResourceLogs): number {
  return scopeLogs.reduce((sum, { logRecords }) => sum + logRecords.length, 0);
}
