import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addHooks, type HookHandler, readOwn, removeHooks } from '../../../cli/hooks/hook-settings.ts';
import { locateJson } from '../../../cli/hooks/json-node.ts';

const OURS = { type: 'http', url: 'http://127.0.0.1:8080/v1/hooks/claude-code' };
const WANTED = { PreToolUse: OURS, Stop: OURS, SessionStart: { ...OURS, type: 'command' } };
const isOurs = (handler: HookHandler) => handler.url === OURS.url;
const FILE = 'settings.json';

const add = (text: string | null) => addHooks(text, WANTED, FILE);
const remove = (text: string, created: readonly string[] | null) => removeHooks(text, created, isOurs, FILE);

const theirs = { type: 'command', command: './check "x"' };
const ROUND_TRIPS: [string, string][] = [
  ['an empty object', '{}'],
  ['an empty object over lines', '{\n}\n'],
  ['other settings', '{\n  "model": "opus",\n  "env": {"A": "}"}\n}\n'],
  ['tabs and Windows line ends', '{\r\n\t"model": "opus"\r\n}\r\n'],
  ['an empty object over Windows lines', '{\r\n}\r\n'],
  ['a byte order mark', '\uFEFF{"model": "opus"}\n'],
  ['an empty table of hooks', '{"hooks": {}}'],
  ['an empty list for an event', '{"hooks": {"Stop": []}, "a": 1}'],
  [
    'hooks of others',
    JSON.stringify({ hooks: { Stop: [{ hooks: [theirs] }], Other: [{ matcher: 'x', hooks: [] }] } }),
  ],
  [
    'the same, pretty',
    JSON.stringify({ hooks: { PreToolUse: [{ matcher: 'Bash', hooks: [theirs] }] } }, null, 4),
  ],
  [
    'texts with brackets and quotes',
    '{"a": "\\"]}{[", "hooks": {"Stop": [ {"hooks": [{"type":"command","command":"]}\\\\"}]} ]}}',
  ],
];

describe('hooks in a JSON file', () => {
  it.each(ROUND_TRIPS)('come and go without a trace: %s', (_name, text) => {
    const added = add(text);
    expect(
      readOwn(added.text, isOurs)
        .ours.map(({ event }) => event)
        .sort(),
    ).toEqual(['PreToolUse', 'SessionStart', 'Stop']);
    expect(remove(added.text, added.created)).toBe(text);
    if (text.includes('\r\n')) expect(added.text).not.toMatch(/[^\r]\n/);
  });

  it.each([
    ['// mine\n{}\n', 'no JSON'],
    ['null', 'no JSON object'],
    ['{"hooks": []}', '"hooks" that is no object'],
    ['{"hooks": {"Stop": {"a": 1}}}', '"hooks.Stop" that is no list'],
  ])('are none in a file that cannot be read, which is said: %j', (text, problem) => {
    expect(readOwn(text, isOurs)).toEqual({ ours: [], problem: expect.stringContaining(problem) });
    expect(() => add(text)).toThrow(problem);
  });

  it('come and go without a trace in any settings, also when others are added meanwhile', () => {
    const settings = fc.record(
      {
        model: fc.string(),
        permissions: fc.jsonValue(),
        hooks: fc.dictionary(
          fc.constantFrom('PreToolUse', 'Stop', 'Notification'),
          fc.array(fc.record({ matcher: fc.string(), hooks: fc.array(fc.record({ command: fc.string() })) })),
        ),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(settings, fc.constantFrom(undefined, 2, '\t'), fc.boolean(), (before, indent, changes) => {
        const text = JSON.stringify(before, null, indent);
        const added = add(text);
        // JSON.stringify gives numbers like -0 another form: compare what a reader sees.
        if (!changes) expect(remove(added.text, added.created)).toBe(text);
        const put = (json: string) => json.replace(/^\{/, '{"theirs": 1,').replace(/,(\s*)\}$/, '$1}');
        expect(JSON.parse(remove(put(added.text), added.created))).toEqual(JSON.parse(put(text)));
      }),
    );
  });

  it('make a file where there is none, which is nothing again afterwards', () => {
    const added = add(null);
    expect(JSON.parse(added.text).hooks.Stop).toEqual([{ hooks: [OURS] }]);
    expect(JSON.parse(remove(added.text, added.created))).toEqual({});
  });

  it('go out of a file that somebody rewrote, alone', () => {
    const before = { model: 'opus', hooks: { Stop: [{ hooks: [theirs] }] } };
    const added = JSON.parse(add(JSON.stringify(before)).text);
    added.hooks.Stop[0].hooks.push(OURS);
    const rewritten = `${JSON.stringify(added, null, 4)}\n`;
    expect(remove(rewritten, null)).toBe(`${JSON.stringify(before, null, 4)}\n`);
  });

  it('go out where the neighbour that stood before them is gone', () => {
    const added = add('{"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "x"}]}]}}');
    const without = added.text.replace(/\{"hooks": \[\{"type": "command", "command": "x"\}\]\},/, '');
    expect(JSON.parse(without).hooks.Stop).toHaveLength(1);
    expect(remove(without, added.created)).toBe('{"hooks": {"Stop": []}}');
  });

  it.each([
    ['no JSON', '{"hooks": '],
    ['no object', '[]'],
    ['hooks that are none', '{"hooks": []}'],
    ['groups that are none', '{"hooks": {"Stop": {}}}'],
  ])('stay out of %s, and the file as it is', (_name, text) => {
    expect(() => add(text)).toThrow(/Cannot edit "settings.json"/);
  });
});

describe('locateJson()', () => {
  it('knows where every value stands', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
        const text = ` ${JSON.stringify(value, null, indent)} `;
        const check = (node: ReturnType<typeof locateJson>): void => {
          const found: unknown = JSON.parse(text.slice(node.start, node.end));
          if (node.kind === 'array') expect(node.items).toHaveLength((found as unknown[]).length);
          if (node.kind === 'object')
            expect([...node.members.keys()].sort()).toEqual(Object.keys(found as object).sort());
          for (const child of [...node.items, ...node.members.values()]) check(child);
        };
        check(locateJson(text));
      }),
    );
  });
});
