import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, readFile, rm } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

/**
 * Bundles the programs into dist/: `monitor.mjs` (what a user starts, on whatever Node there is), `monitor-main.mjs`
 * (the command itself), `bridge.mjs`, `bridge-roles.mjs` and `bridge-journal.mjs` (the service; no node_modules, so that a container needs nothing
 * else), `vm-sampler.mjs` (what samples virtual machines elsewhere) and `hooks/` (what is installed on agents' side). Runs on `npm install` and before packing; `node .ci/build.ts FOLDER` builds into another folder.
 */
const outdir = process.argv[2] ?? 'dist';
const entries = {
  'monitor-main': 'cli/main.ts',
  bridge: 'otel-bridge/main.ts',
  'bridge-roles': 'otel-bridge/roles.ts',
  'bridge-journal': 'otel-bridge/journal-role.ts',
  'vm-sampler': 'otel-bridge/vm-sampler.ts',
};
/** The parent of the bridge and its journal's thread hold no more than they need: the other roles stay in a file beside them. */
const rolesApart: Plugin = {
  name: 'roles-apart',
  setup(build) {
    build.onResolve({ filter: /^\.\/roles\.ts$/ }, () => ({ path: './bridge-roles.mjs', external: true }));
    build.onResolve({ filter: /^\.\/journal-role\.ts$/ }, () => ({
      path: './bridge-journal.mjs',
      external: true,
    }));
  },
};

/**
 * Node's own modules are required, not imported: an import reads every export, and with `http` comes Node's fetch, with
 * others its readline and Web Crypto, some MiB in every process and thread.
 */
const builtinsRequired: Plugin = {
  name: 'builtins-required',
  setup(build) {
    build.onResolve({ filter: /^[a-z]/ }, ({ path, kind }) =>
      isBuiltin(path) && kind !== 'require-call' ? { path, namespace: 'builtin' } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)})`,
    }));
  },
};

/**
 * The SDK loads every exporter that its environment could name. Ours is given the one over HTTP and no environment
 * (self-telemetry/sdk.ts): gRPC, Prometheus and Zipkin stay away, and with gRPC all that carries it.
 */
const exportersLeftOut: Plugin = {
  name: 'exporters-left-out',
  setup(build) {
    build.onResolve(
      {
        filter:
          /^@opentelemetry\/(?:exporter-\w+-otlp-grpc|otlp-grpc-exporter-base|exporter-prometheus|exporter-zipkin)$/,
      },
      ({ path }) => ({ path, namespace: 'left-out' }),
    );
    // Its names are undefined: whoever uses one hears of it.
    build.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'module.exports = {}' }));
  },
};

await rm(outdir, { recursive: true, force: true });
await build({
  entryPoints: Object.fromEntries(Object.entries(entries).filter(([, file]) => existsSync(file))),
  outdir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node22.15',
  minifySyntax: true,
  // Every process and thread holds the text of its program.
  minifyWhitespace: true,
  legalComments: 'none',
  plugins: [rolesApart, builtinsRequired, exportersLeftOut],
  external: ['cpu-features', './crypto/build/Release/sshcrypto.node'],
  // Bundled CommonJS packages call require, __dirname and __filename.
  banner: {
    js: [
      "import { createRequire as __createRequire } from 'node:module';",
      'const require = __createRequire(import.meta.url);',
      'const __filename = import.meta.filename;',
      'const __dirname = import.meta.dirname;',
    ].join('\n'),
  },
});
for (const name of Object.keys(entries)) {
  const [wide] = /[^\0-\x7f].*/.exec(await readFile(join(outdir, `${name}.mjs`), 'utf8')) ?? [];
  // V8 keeps a text with a single character beyond Latin-1 in two bytes per character.
  if (wide !== undefined)
    throw new Error(
      `Program ${name}.mjs would take twice its memory for "${wide.slice(0, 60)}": write that character as an escape`,
    );
}
await build({
  entryPoints: { monitor: 'cli/launcher/main.ts' },
  outdir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  // It has to run on an old Node far enough to say so.
  target: 'node14.18',
  supported: { 'top-level-await': true },
});
// For programs that tell of themselves: `agent-monitor/sdk`, with its types.
await build({
  entryPoints: { sdk: 'hooks/sdk/index.ts' },
  outdir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
});
execFileSync(
  process.execPath,
  [
    join(dirname(fileURLToPath(import.meta.resolve('typescript/package.json'))), 'bin/tsc'),
    ...['hooks/sdk/index.ts', '--ignoreConfig', '--declaration', '--emitDeclarationOnly'],
    ...['--rewriteRelativeImportExtensions', '--outDir', join(outdir, 'types')],
    ...['--target', 'es2024', '--module', 'nodenext', '--types', 'node', '--skipLibCheck'],
  ],
  { stdio: 'inherit' },
);
// CommonJS and small: it starts with every hook of an agent.
await build({
  entryPoints: { 'hook-sender': 'hooks/sender/main.ts' },
  outdir: join(outdir, 'hooks'),
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node18',
  minifySyntax: true,
});
for (const [entry, file] of [
  ['hooks/openclaw/handler.ts', 'hook/handler.js'],
  ['hooks/openclaw/plugin.ts', 'plugin/index.js'],
] as const) {
  await build({
    entryPoints: [entry],
    outfile: join(outdir, 'hooks/openclaw', file),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22.15',
    minifySyntax: true,
  });
}
for (const folder of ['hook', 'plugin', 'skill']) {
  await cp(join('hooks/openclaw', folder), join(outdir, 'hooks/openclaw', folder), { recursive: true });
}
if (existsSync('templates')) await cp('templates', join(outdir, 'templates'), { recursive: true });
