import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readOptions } from '../../cli/read-options.ts';

const schema = z.object({
  agentName: z.string().min(1).max(100).optional(),
  scope: z.enum(['user', 'project'], 'user or project').default('user'),
  to: z.url('an address').default('http://a'),
  lines: z.coerce.number('a number').nonnegative('0 or more').optional(),
  uri: z.array(z.string().min(1, 'a libvirt')).optional(),
});

describe('options of a verb', () => {
  it('are as the schema wants them', () => {
    expect(readOptions(schema, { agentName: 'a' })).toEqual({
      agentName: 'a',
      scope: 'user',
      to: 'http://a',
    });
  });

  it('say which one is missing', () => {
    const wanted = z.object({ to: z.url('an address') });
    expect(() => readOptions(wanted, {})).toThrow('--to is missing, wanted an address');
  });

  it.each([
    [{ agentName: '' }, '--agent-name is "", wanted at least one character'],
    [{ agentName: 'x'.repeat(101) }, '--agent-name is 101 characters long, wanted at most 100 characters'],
    [{ scope: 'all' }, '--scope is "all", wanted user or project'],
    [{ to: 'there' }, '--to is "there", wanted an address'],
    [{ lines: 'many' }, '--lines is "many", wanted a number'],
    [{ lines: '-1' }, '--lines is "-1", wanted 0 or more'],
    [{ uri: ['qemu:///system', ''] }, '--uri is "", wanted a libvirt'],
  ])('are refused with what was found and what is wanted: %j', (options, message) => {
    expect(() => readOptions(schema, options)).toThrow(expect.objectContaining({ code: 'USAGE', message }));
  });
});
