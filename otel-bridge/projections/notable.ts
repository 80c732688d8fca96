import type { Attributes, LogRecord } from '../domain/outbox.ts';
import { NOTABLE_SERVICE_NAME, SERVICE_NAME } from './resource.ts';

/** Types of events that are few among many, and that people look for over long ranges. */
const NOTABLE_TYPES = new Set([
  'session.start',
  'git.commit',
  'git.pull_request',
  'compaction',
  'mode.change',
  'refusal',
  'guardrail.violation',
  'egress.request',
  'rate_limit',
  'token.attribution',
  'openclaw.snapshot',
]);
/** What such types begin with: what becomes of machines. */
const NOTABLE_PREFIX = /^(vm|container)\./;

/**
 * The record of a notable event once more, the same but for the name of its service: an index label, so that a store
 * finds it without reading everything that happened. Pure.
 * @returns null where the event is not notable, or was history when it came.
 */
export function notableCopy(record: LogRecord): LogRecord | null {
  if (record.resource['service.name'] !== SERVICE_NAME || !isNotable(record.attributes)) return null;
  return { ...record, resource: { ...record.resource, 'service.name': NOTABLE_SERVICE_NAME } };
}

function isNotable(attributes: Attributes): boolean {
  const type = String(attributes['event.name']);
  switch (type) {
    case 'tool.decision':
      return attributes.decision === 'reject';
    case 'api.request':
      return attributes['error.type'] !== undefined;
    // A compaction that is told as a span.
    case 'span.end':
      return attributes.pre_tokens !== undefined;
    default:
      return NOTABLE_TYPES.has(type) || NOTABLE_PREFIX.test(type);
  }
}
