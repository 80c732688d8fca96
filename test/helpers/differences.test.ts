import { expect, it } from 'vitest';
import { differences } from './differences.ts';

it('what is equal differs in nothing, whatever the order of its keys', () => {
  expect(differences({ a: 1, b: { c: [2, null] } }, { b: { c: [2, null] }, a: 1 })).toBe('');
});

it('every leaf that differs, is missing or is too many is told with its place', () => {
  const found = { sums: { 'shop agent-0': 3, same: 1 }, runs: [1, 2], more: {} };
  expect(differences(found, { sums: { 'shop agent-0': 4, same: 1 }, runs: [1], name: 'x' })).toBe(
    [
      'sums["shop agent-0"]: 3, expected 4',
      'runs.1: 2, expected nothing',
      'more: {}, expected nothing',
      'name: nothing, expected "x"',
    ].join('\n'),
  );
});
