import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readOptions } from '../../cli/read-options.ts';

const schema = z.object({
  agentName: z.string().min(1).max(100).optional(),
  scope: z.enum(['user', 'project'], 'user or project').default('user'),
});

describe('options of a verb', () => {
  it('are as the schema wants them', () => {
    expect(readOptions(schema, { agentName: 'a' })).toEqual({ agentName: 'a', scope: 'user' });
  });

  it.each([
    [{ agentName: '' }, '--agent-name is "", wanted at least one character'],
    [{ agentName: 'x'.repeat(101) }, '--agent-name is 101 characters long, wanted at most 100 characters'],
    [{ scope: 'all' }, '--scope is "all", wanted user or project'],
  ])('are refused with what was found and what is wanted: %j', (options, message) => {
    expect(() => readOptions(schema, options)).toThrow(expect.objectContaining({ code: 'USAGE', message }));
  });
});
