import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTextRedactor } from '../../../otel-bridge/privacy/text/redact-text.ts';
import { CANARIES } from './canaries.ts';

const redact = createTextRedactor({ redact: ['defaults'], keepEmails: false });

describe('createTextRedactor()', () => {
  it.each(CANARIES)('takes out: $kind', ({ text, hidden }) => {
    expect(redact(text)).not.toContain(hidden);
    expect(redact(text)).toContain('[redacted]');
  });

  it.each(CANARIES)(
    'takes out in the middle of a command, a log line and escaped JSON: $kind',
    ({ text, hidden }) => {
      for (const around of [
        `$ run "${text}" now`,
        `2026-11-21T10:00:00Z INFO x=1 ${text}\nnext line`,
        JSON.stringify({ a: 1, log: `first\n${text}\nlast` }),
        JSON.stringify(JSON.stringify({ log: `first\n${text}` })),
      ]) {
        const escaped = JSON.stringify(hidden).slice(1, -1);
        expect(redact(around)).not.toContain(hidden);
        expect(redact(around)).not.toContain(escaped);
      }
    },
  );

  it('takes out canaries between any other characters', () => {
    const printable = fc.string({ unit: 'grapheme', maxLength: 60 });
    fc.assert(
      fc.property(printable, fc.constantFrom(...CANARIES), printable, (before, canary, after) => {
        expect(redact(`${before} ${canary.text} ${after}`)).not.toContain(canary.hidden);
      }),
      { numRuns: 2000 },
    );
  });

  it('changes nothing when it is applied again', () => {
    const pieces = fc.oneof(
      fc.constantFrom(...CANARIES.map(({ text }) => text)),
      fc.constantFrom(
        'password',
        'token',
        '=',
        ':',
        ' ',
        '"',
        '--api-key ',
        'Bearer ',
        '://',
        '@',
        '\\',
        "'",
        '\n',
      ),
      fc.string({ maxLength: 12 }),
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const once = redact(parts.join(' '));
        expect(redact(once)).toBe(once);
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    'claude_code.api_request',
    '7f1c2a3e-11d2-4b9a-9a0c-0123456789ab',
    '2026-11-21T10:00:00.123Z',
    'toolu_01A09q90qw90lq917835lq9',
    'req_011CVabcdefghijklmnopqrst',
    'claude-opus-5-5',
    'agent:main:main',
    '/home/user/projects/Demo2/src/components/index.ts',
    '3f25d3e0a1b2c3d4e5f60718293a4b5c6d7e8f90',
    'sha512-z8Hq0Zl3Zt1u7O8Wq3m0v9y2',
    'git@github.com:owner/name.git',
    'https://registry.npmjs.org:443/@scope/package',
    'http://localhost:5173/@vite/client',
    'max_tokens=4096 input_tokens: 12, token_count=3',
    'a task-management-and-scheduling tool',
    'sk-learn-contrib-lightning-extras',
    'Unexpected token < in JSON at position 0',
    'Use bearer authentication or basic authentication',
    'TOKEN=$GITHUB_TOKEN PASSWORD=$DB_PASSWORD',
    'docker run -u 1000:1000 image',
    'PWD=/root/app',
    '| pass: 12 | fail: 0 |',
    '{"openclaw.token":"input","tokens":12}',
  ])('leaves alone: %s', (text) => {
    expect(redact(text)).toBe(text);
  });

  it('keeps what is around a secret readable', () => {
    expect(redact('curl -H "Authorization: Bearer abc123def" https://x.y/z')).toBe(
      'curl -H "Authorization: [redacted]" https://x.y/z',
    );
    expect(redact('git clone https://user:hunter2@github.com/o/r')).toBe(
      'git clone https://[redacted]@github.com/o/r',
    );
    expect(redact('{"password":"hunter2","user":"x"}')).toBe('{"password":"[redacted]","user":"x"}');
    expect(redact('Server=db;Password=hunter2;Database=app')).toBe(
      'Server=db;Password=[redacted];Database=app',
    );
    expect(redact('https://h/x?api_key=abc123&page=2')).toBe('https://h/x?api_key=[redacted]&page=2');
  });

  it('takes linear time on texts made to be slow', () => {
    const size = 200_000;
    for (const piece of [
      'eyJ',
      'sk-',
      'a',
      '-',
      '=',
      ':',
      'password=',
      'x@',
      '://a:',
      'Bearer ',
      '"',
      '\\',
      'AKIA',
      'M',
      '.',
      ' -p',
      'mysql ',
      '-----BEGIN PRIVATE KEY-----',
      '--token ',
      'eyJabcdefghijkl.',
      '0123456789:AA',
      'SG.',
      '{',
      '[',
    ]) {
      const text = piece.repeat(size / piece.length);
      const startedMs = performance.now();
      redact(text);
      expect(performance.now() - startedMs, `"${piece}"`).toBeLessThan(5000);
    }
  });

  it('applies the rules of the settings, and only those when the defaults are left out', () => {
    const own = createTextRedactor({ redact: ['PROJ-\\d+', 'Z*'], keepEmails: true });
    expect(own('see PROJ-123, password=hunter2, a@example.com')).toBe(
      'see [redacted], password=hunter2, a@example.com',
    );
  });

  it.each(['(a+)+$', '(x|y', '([a-z]*)*'])('refuses the rule %s', (rule) => {
    expect(() => createTextRedactor({ redact: [rule], keepEmails: false })).toThrow(
      `Cannot use redaction rule "${rule}"`,
    );
  });
});
