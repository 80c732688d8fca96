import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { disjointTokens } from '../../../../otel-bridge/agents/gemini-records/token-counts.ts';

const NOTHING = {
  prompt: undefined,
  cached: undefined,
  output: undefined,
  thoughts: undefined,
  toolUse: undefined,
  total: undefined,
};

describe('disjointTokens()', () => {
  it("adds thoughts to Google's output, and the prompts of tools to the input", () => {
    const tokens = { prompt: 100, cached: 60, output: 10, thoughts: 5, toolUse: 7, total: 122 };
    expect(disjointTokens(tokens)).toEqual({
      input_tokens: 47,
      output_tokens: 15,
      cache_read_tokens: 60,
      cache_creation_tokens: 0,
      reasoning_tokens: 5,
    });
  });

  it("takes OpenAI's output as it is: thoughts are in it", () => {
    const tokens = { ...NOTHING, prompt: 100, cached: 60, output: 15, thoughts: 5, total: 115 };
    expect(disjointTokens(tokens)).toMatchObject({
      input_tokens: 40,
      output_tokens: 15,
      reasoning_tokens: 5,
    });
  });

  it('says nothing where nothing is told', () => {
    expect(disjointTokens(NOTHING)).toEqual({});
  });

  it('adds up to the total, whoever counted', () => {
    const count = fc.nat(100_000);
    fc.assert(
      fc.property(
        count,
        count,
        count,
        count,
        count,
        fc.boolean(),
        (plain, cached, answer, thoughts, toolUse, google) => {
          const total = plain + cached + answer + thoughts + (google ? toolUse : 0);
          const told = disjointTokens({
            prompt: plain + cached,
            cached,
            output: google ? answer : answer + thoughts,
            thoughts,
            toolUse: google ? toolUse : undefined,
            total,
          });
          const { input_tokens = 0, output_tokens = 0, cache_read_tokens = 0 } = told;
          expect(input_tokens + output_tokens + cache_read_tokens).toBe(total);
          expect(output_tokens).toBe(answer + thoughts);
        },
      ),
    );
  });
});
