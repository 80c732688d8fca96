import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isPlain, MAX_PLAIN_LENGTH } from '../../../otel-bridge/privacy/text/plain-text.ts';
import { createTextRedactor } from '../../../otel-bridge/privacy/text/redact-text.ts';
import { SHAPES } from '../../../otel-bridge/privacy/text/tokens.ts';
import { CANARIES } from './canaries.ts';

/** A rule of one's own makes the redactor ask every rule about every text. */
const allRules = createTextRedactor({ redact: ['defaults', 'no text holds this'], keepEmails: false });

/** What a shape matches. fast-check knows no look behind, which only says what may stand before. */
const matchesOf = (pattern: string): fc.Arbitrary<string> => {
  const alone = pattern.replace(/\(\?<=(?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*\)/g, '');
  return fc.stringMatching(new RegExp(`^(?:${alone.replaceAll('[^]', '[a-z ]')})$`));
};

it.each(SHAPES)('a match of a shape holds one of "%s": %s', (words, pattern) => {
  fc.assert(
    fc.property(matchesOf(pattern), (match) => {
      const isTold = words.split(' ').some((word) => word !== '' && match.toLowerCase().includes(word));
      expect(isTold || (words === '' && match.length > MAX_PLAIN_LENGTH), match).toBe(true);
      expect(isPlain(match), match).toBe(false);
    }),
    { numRuns: 200 },
  );
});

const WORDS = SHAPES.flatMap(([words]) => words.split(' '));
const KEYS = [
  'password',
  'PGPASSWORD',
  'token',
  'api_key',
  'x-auth',
  'STRIPE_KEY',
  'cookie',
  'pwd',
  'log',
  'secret',
];
const letters = (unit: string, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...unit), maxLength });

it('no rule finds anything in a plain text', () => {
  const piece = fc.oneof(
    fc.constantFrom(...WORDS, ...WORDS.map((word) => word.toUpperCase())),
    fc.constantFrom(...KEYS).map((key) => `${key}:`),
    fc.constantFrom(':', '-', '/', '=', ' ', '://', '@', '--', ' -p', '"'),
    fc.constantFrom('SK', 'M', ':AA', 'bearer', 'Basic+', ...KEYS),
    ...SHAPES.map(([, pattern]) => matchesOf(pattern)),
    fc.constantFrom(...CANARIES.map(({ text }) => text)),
    letters('0123456789abcdef', 36),
    letters('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/', 45),
    fc.string({ maxLength: 6 }),
  );
  let plain = 0;
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 5 }), (pieces) => {
      const text = pieces.join('');
      if (!isPlain(text)) return;
      plain += 1;
      expect(allRules(text)).toBe(text);
    }),
    { numRuns: 20_000 },
  );
  // Else this would say nothing.
  expect(plain).toBeGreaterThan(1000);
});

it('no rule finds anything in a plain text of letters alone, whatever they are', () => {
  const text = letters('abkstypeAKISdghox0189_./:+-', MAX_PLAIN_LENGTH);
  fc.assert(
    fc.property(text, (any) => {
      if (isPlain(any)) expect(allRules(any)).toBe(any);
    }),
    { numRuns: 20_000 },
  );
});

it.each(CANARIES)('a canary is not plain: $kind', ({ text }) => {
  expect(isPlain(text)).toBe(false);
});

it.each([
  'claude_code.api_request',
  '7f1c2a3e-11d2-4b9a-9a0c-0123456789ab',
  '2026-11-21T10:00:00.123Z',
  'toolu_01A09q90qw90lq917835lq9',
  'req_011CVabcdefghijklmnopqrst',
  'claude-code:log:qZ8Yw3Lk2Jh5Gf6Ds7Ap9QwErTy',
  'claude-opus-5-5',
  '/home/user/projects/Demo2/src/index.ts',
])('is plain: %s', (text) => {
  expect(isPlain(text)).toBe(true);
});
