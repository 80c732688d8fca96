import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isSupportedNode, OLDEST_NODE } from '../../../cli/launcher/supported-node.ts';

describe('isSupportedNode()', () => {
  it.each([
    ['20.20.2', false],
    ['22.14.9', false],
    ['22.15.0', true],
    ['22.15.1', true],
    ['24.1.0', true],
    ['100.0.0', true],
  ])('%s: %s', (version, supported) => {
    expect(isSupportedNode(version)).toBe(supported);
  });

  it('wants what package.json says', () => {
    const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } };
    expect(OLDEST_NODE.startsWith(engines.node.replace('>=', ''))).toBe(true);
  });
});
