/** A mistake that somebody could make, and the tests that must notice it. */
export interface Defect {
  readonly name: string;
  readonly file: string;
  /** What the file says, exactly once. */
  readonly from: string;
  readonly to: string;
  /** Files of unit tests, at least one of which has to fail. */
  readonly tests: readonly string[];
}

/** Defects of the kinds that cost others data, money or trust. */
export const DEFECTS: readonly Defect[] = [
  {
    name: 'an acknowledgement before the sync',
    file: 'otel-bridge/journal/sqlite/journal-worker.ts',
    from: '      const answers = core.append(',
    to: "      for (const { id } of batch) send({ kind: 'done', id, value: [] });\n      const answers = core.append(",
    tests: ['test/otel-bridge/journal/sqlite/durability.test.ts'],
  },
  {
    name: 'a write-ahead log that is synced now and then',
    file: 'otel-bridge/journal/sqlite/open-database.ts',
    from: 'PRAGMA synchronous = FULL',
    to: 'PRAGMA synchronous = NORMAL',
    tests: ['test/otel-bridge/journal/sqlite/durability.test.ts'],
  },
  {
    name: 'a cursor that is written before the export',
    file: 'otel-bridge/delivery/batch-delivery.ts',
    from: '    const result = await sender.send(batch, abort);',
    to: '    if (!(await advance(last.seq, null))) return null;\n    const result = await sender.send(batch, abort);',
    tests: ['test/otel-bridge/delivery/delivery-law.test.ts'],
  },
  {
    name: 'a reject that counts as success',
    file: 'otel-bridge/delivery/batch-delivery.ts',
    from: '        return (await giveUp(first, result.reason)) ? [] : null;',
    to: '        return (await advance(first.seq, null)) ? [] : null;',
    tests: ['test/otel-bridge/delivery/delivery.test.ts'],
  },
  {
    name: 'a partial success that counts as success',
    file: 'otel-bridge/delivery/send-result.ts',
    from: '    if (rejected > 0)',
    to: '    if (rejected > 1_000_000)',
    tests: ['test/otel-bridge/delivery/send-result.test.ts'],
  },
  {
    name: 'bodies that inflate without bound',
    file: 'otel-bridge/sources/http/inflate-body.ts',
    from: '        if (sizeBytes > limits.limitBytes) throw tooLarge(limits.limitBytes);\n',
    to: '',
    tests: ['test/otel-bridge/sources/http/ingest-server.test.ts'],
  },
  {
    name: 'work that is admitted without bound',
    file: 'otel-bridge/sources/admission/admission.ts',
    from: '      if (victim === undefined) throw tooBusy();',
    to: '      if (victim === undefined) return;',
    tests: ['test/otel-bridge/sources/admission/admission.test.ts'],
  },
  {
    name: 'events that are not told apart by their id',
    file: 'otel-bridge/journal/sqlite/journal-core.ts',
    from: "sessionId: row[9] })) return 'duplicate';",
    to: 'sessionId: row[9] })) lastSeq += 0;',
    tests: ['test/otel-bridge/journal/journal-core.test.ts'],
  },
  {
    name: 'a field that is not redacted',
    file: 'otel-bridge/privacy/event-redactor.ts',
    from: 'const clientId = optional(source.clientId);',
    to: 'const clientId = source.clientId;',
    tests: ['test/otel-bridge/privacy/redactor.test.ts'],
  },
  {
    name: 'a token whose signature nobody compares',
    file: 'otel-bridge/sources/tokens/verify-token.ts',
    from: 'if (!timingSafeEqual(',
    to: 'if (wanted === mac && !timingSafeEqual(',
    tests: ['test/otel-bridge/sources/tokens/tokens.test.ts'],
  },
  {
    name: 'an Origin that nobody looks at',
    file: 'otel-bridge/sources/http/site-problem.ts',
    from: '!hosts.isKnownOrigin(headers.origin)',
    to: "headers.origin === ''",
    tests: ['test/otel-bridge/sources/http/ingest-server.test.ts'],
  },
  {
    name: 'facts that settle twice',
    file: 'otel-bridge/projections/merge-fact.ts',
    from: "  if (known?.state === 'counted') return { state: 'counted', dueMs: null };\n",
    to: '',
    tests: ['test/otel-bridge/journal/journal-core.test.ts', 'test/otel-bridge/journal/lifecycle.test.ts'],
  },
  {
    name: 'usage that is summed beside its calls',
    file: 'otel-bridge/projections/project-event.ts',
    from: 'store.supersedeUsage(sessionId, runId, fact.costNanoUsd !== null);',
    to: 'store.session(sessionId);',
    tests: ['test/otel-bridge/journal/lifecycle.test.ts'],
  },
  {
    name: 'usage that is shown beside its calls until it settles',
    file: 'otel-bridge/projections/project-event.ts',
    from: "} else if (kind === 'usage' && store.hasApiFacts(sessionId, runId)) store.supersede(key);",
    to: '}',
    tests: ['test/otel-bridge/journal/lifecycle.property.test.ts'],
  },
  {
    name: 'calls that are not counted once their session used more than its calls',
    file: 'otel-bridge/journal/sqlite/projection-store.ts',
    from: " AND NOT (key >= 'remainder:' AND key < 'remainder;')`,\n  );\n  const addCorrections",
    to: '`,\n  );\n  const addCorrections',
    tests: ['test/otel-bridge/journal/lifecycle.test.ts'],
  },
  {
    name: 'series without number',
    file: 'otel-bridge/journal/sqlite/series/cardinality-limit.ts',
    from: 'return apart < MAX_SERIES ?',
    to: 'return apart >= 0 ?',
    tests: ['test/otel-bridge/journal/sqlite/series/cardinality.test.ts'],
  },
  {
    name: 'facts that wait for a clock that was set back',
    file: 'otel-bridge/journal/sqlite/projector/projector.ts',
    from: '    createLateClock(context),\n',
    to: '',
    tests: ['test/otel-bridge/journal/clock.test.ts'],
  },
  {
    name: 'retention that believes any clock',
    file: 'otel-bridge/journal/steady-clock.ts',
    from: 'Math.abs(driftMs) > TOLERANCE_MS ? null : asked.wallMs',
    to: 'asked.wallMs + driftMs * 0',
    tests: ['test/otel-bridge/journal/retention.test.ts'],
  },
];
