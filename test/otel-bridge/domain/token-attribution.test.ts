import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attributeTokens } from '../../../otel-bridge/domain/token-attribution.ts';
import { makeFact, makeRequest } from '../../helpers/journal-fixture.ts';

function call(key: string, endMs: number, input: number, output: number) {
  return makeRequest({
    key,
    endMs,
    inputTokens: input,
    outputTokens: output,
    cacheCreationTokens: 0,
    data: { request_id: key },
  });
}

function tool(key: string, endMs: number, requestId: string, path: string | undefined, size: number) {
  const data = {
    request_id: requestId,
    input_size_bytes: size,
    output_size_bytes: size * 10,
    ...(path === undefined ? {} : { file_path: path }),
  };
  return makeFact({ key, kind: 'tool', endMs, data });
}

describe('attributeTokens()', () => {
  it('gives arguments to the call that asked, and results to the call that read them', () => {
    const facts = [
      call('r1', 100, 500, 40),
      tool('t1', 150, 'r1', 'a.ts', 30),
      tool('t2', 160, 'r1', 'b.ts', 10),
      call('r2', 300, 1000, 8),
    ];
    expect(attributeTokens(facts)).toEqual([
      { filePath: 'a.ts', inputTokens: 750, outputTokens: 30, calls: 1 },
      { filePath: 'b.ts', inputTokens: 250, outputTokens: 10, calls: 1 },
    ]);
  });

  it('leaves to other calls what is theirs, and tells of no file where no path may be told', () => {
    const facts = [
      call('r1', 100, 0, 40),
      tool('t1', 150, 'r1', 'a.ts', 10),
      tool('t2', 160, 'r1', undefined, 30),
    ];
    expect(attributeTokens(facts)).toEqual([
      { filePath: 'a.ts', inputTokens: 0, outputTokens: 10, calls: 1 },
    ]);
    expect(attributeTokens([call('r1', 100, 0, 40), tool('t', 150, 'r1', undefined, 30)])).toEqual([]);
  });

  it('never gives away more tokens than there are', () => {
    const paths = fc.array(fc.constantFrom('a', 'b', 'c', undefined), { maxLength: 6 });
    fc.assert(
      fc.property(paths, fc.nat(10_000), fc.nat(10_000), fc.nat(50), (files, input, output, size) => {
        const tools = files.map((path, at) => tool(`t${at}`, 200 + at, 'r1', path, size + at));
        const given = attributeTokens([call('r1', 100, 0, output), ...tools, call('r2', 900, input, 0)]);
        const sum = (pick: (file: (typeof given)[number]) => number): number =>
          given.reduce((total, file) => total + pick(file), 0);
        expect(sum(({ inputTokens }) => inputTokens)).toBeLessThanOrEqual(input);
        expect(sum(({ outputTokens }) => outputTokens)).toBeLessThanOrEqual(output);
      }),
    );
  });
});
