import { expect, test } from 'vitest';
import { renderBridgeNote } from '../../../cli/bridge-api/render-bridge-note.ts';
import { serviceStatusSchema } from '../../../cli/bridge-api/service-status.ts';

const status = (journal: object) =>
  serviceStatusSchema.parse({ import: null, agents: [], delivery: [], journal });

test('tells of metrics with too many series, by the attribute', () => {
  const warning =
    'Metric agent.tool.call.count has more than 2000 series: attribute "gen_ai.tool.name" has 2000 values';
  expect(renderBridgeNote(status({ size_bytes: 2_000_000, warnings: [warning] }))).toMatch(
    /^journal .*, Metric agent\.tool\.call\.count .*"gen_ai\.tool\.name"/,
  );
  expect(renderBridgeNote(status({ dead_letters: 3 }))).toBe('3 dead letters');
});

test('says first why the journal takes nothing', () => {
  const note = renderBridgeNote(status({ problem: 'database or disk is full', size_bytes: 2_000_000 }));
  expect(note).toMatch(/^journal: database or disk is full, journal /);
});
