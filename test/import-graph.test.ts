import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** Which folders a folder may import from, itself and `domain` aside. The rest of the bridge only main.ts knows. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'otel-bridge/domain': [],
  'otel-bridge/config.ts': [],
  'otel-bridge/version.ts': [],
  'otel-bridge/otlp': [],
  'otel-bridge/pricing': [],
  'otel-bridge/guardrails': ['otel-bridge/config.ts'],
  'otel-bridge/privacy': ['otel-bridge/config.ts', 'otel-bridge/otlp'],
  'otel-bridge/agents': ['otel-bridge/otlp'],
  'otel-bridge/projections': ['otel-bridge/config.ts'],
  'otel-bridge/journal': ['otel-bridge/config.ts', 'otel-bridge/projections'],
  'otel-bridge/websocket': [],
  'otel-bridge/sources': [
    'otel-bridge/config.ts',
    'otel-bridge/otlp',
    'otel-bridge/privacy',
    'otel-bridge/websocket',
  ],
  'otel-bridge/delivery': ['otel-bridge/config.ts', 'otel-bridge/otlp'],
  'otel-bridge/host': ['otel-bridge/config.ts', 'otel-bridge/agents'],
  'otel-bridge/query': ['otel-bridge/config.ts', 'otel-bridge/websocket'],
  'otel-bridge/self-telemetry': [],
  'otel-bridge/snapshots': [],
  'otel-bridge/event-schema': [],
  'otel-bridge/supervisor': ['otel-bridge/config.ts'],
  cli: ['compose', 'dashboards', 'hooks', 'templates'],
  compose: [],
  dashboards: [],
  templates: [],
  hooks: ['otel-bridge/host'],
};

/** Where parts are introduced to each other: these know all of them. */
const COMPOSITION = [
  'otel-bridge/main.ts',
  'otel-bridge/roles.ts',
  'otel-bridge/journal-role.ts',
  'otel-bridge/vm-sampler.ts',
  'otel-bridge/run-bridge.ts',
  'otel-bridge/journal-thread.ts',
  'otel-bridge/start-journal-thread.ts',
];

interface Import {
  readonly file: string;
  readonly target: string;
  /** Types alone: nothing of it is there when the program runs. */
  readonly isType: boolean;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)[^'"\n]*(?:\{[^}]*\}[^'"\n]*)?['"](\.[^'"]+)['"]|import\(\s*['"](\.[^'"]+)['"]/g,
  );
  return [...found].map(([statement, fixed, lazy]) => ({
    file,
    isType: /^\s*(?:import|export) type /.test(statement),
    target: relative(ROOT, join(ROOT, dirname(file), fixed ?? lazy ?? '')),
  }));
}

/** The unit that a file belongs to: a folder of the bridge, or a top-level folder. */
function unitOf(file: string): string {
  const [top = '', second = ''] = file.split('/');
  return top === 'otel-bridge' ? `${top}/${second}` : top;
}

const files = globSync('{cli,otel-bridge,compose,dashboards,templates,hooks}/**/*.ts', { cwd: ROOT });
const imports = files.flatMap(importsOf);

describe('the import graph', () => {
  it('points inward: every folder imports only what ARCHITECTURE allows', () => {
    const wrong = imports.filter(({ file, target }) => {
      const from = unitOf(file);
      const to = unitOf(target);
      if (from === to || to === 'package.json' || COMPOSITION.includes(from)) return false;
      if (from.startsWith('otel-bridge/') && to === 'otel-bridge/domain') return false;
      return !(MAY_IMPORT[from] ?? []).includes(to);
    });
    expect(wrong.map(({ file, target }) => `${file} -> ${target}`)).toEqual([]);
  });

  it('names files that exist', () => {
    const missing = imports.filter(
      ({ target }) => !files.includes(target) && !target.endsWith('.json') && target !== 'package.json',
    );
    expect(missing.map(({ file, target }) => `${file} -> ${target}`)).toEqual([]);
  });

  it('takes zod as a namespace: of `{ z }` nothing can be left out, and every process holds its forty languages', () => {
    const wrong = files.filter((file) =>
      /import \{[^}]*\bz\b[^}]*\} from 'zod'/.test(readFileSync(join(ROOT, file), 'utf8')),
    );
    expect(wrong).toEqual([]);
  });

  it("keeps zod out of the journal's thread, which would hold it a second time", () => {
    const targets = Map.groupBy(
      imports.filter(({ isType }) => !isType),
      ({ file }) => file,
    );
    const reached = new Set(['otel-bridge/journal-role.ts']);
    for (const file of reached) for (const { target } of targets.get(file) ?? []) reached.add(target);
    expect(reached).toContain('otel-bridge/projections/tally.ts');
    const wrong = [...reached].filter((file) => /from 'zod'/.test(readFileSync(join(ROOT, file), 'utf8')));
    expect(wrong).toEqual([]);
  });

  it('has no circles among files', () => {
    const edges = Map.groupBy(imports, ({ file }) => file);
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      if (done.has(file) || path.includes(file)) return;
      for (const { target } of edges.get(file) ?? []) visit(target, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
  });
});
