import { describe, expect, it } from 'vitest';
import { addNotify, hasForeignNotify, removeNotify } from '../../../cli/hooks/codex/notify-line.ts';

const WORDS = ['/usr/bin/node', "/home/o'neil/hook sender.cjs", 'codex'];

describe("Codex's notify", () => {
  it.each(['', 'model = "gpt"\n\n[otel]\nexporter = "none"\n', '[a]\nnotify = ["x"]\n', 'model = "x"\r\n'])(
    'comes and goes without a trace: %j',
    (toml) => {
      const added = addNotify(toml, WORDS);
      expect(added.split('\n')[0]).toBe(
        `notify = ["/usr/bin/node", "/home/o'neil/hook sender.cjs", "codex"] # agent-monitor`,
      );
      expect(addNotify(added, WORDS)).toBe(added);
      expect(removeNotify(added)).toBe(toml);
    },
  );

  it("leaves a user's own alone", () => {
    const own = 'model = "x"\nnotify = ["say"]\n[otel]\n';
    expect(addNotify(own, WORDS)).toBe(own);
    expect(hasForeignNotify(own)).toBe(true);
    expect(hasForeignNotify(addNotify('', WORDS))).toBe(false);
  });
});
