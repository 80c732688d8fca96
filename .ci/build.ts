import { existsSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { build } from 'esbuild';

/**
 * Bundles the two programs into dist/: `monitor.mjs` (the command) and `bridge.mjs` (the service; one file, no
 * node_modules, so that a container needs nothing else). Runs on `npm install` and before packing.
 */
const entries = { monitor: 'cli/main.ts', bridge: 'otel-bridge/main.ts' };

await rm('dist', { recursive: true, force: true });
await build({
  entryPoints: Object.fromEntries(Object.entries(entries).filter(([, file]) => existsSync(file))),
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node22.15',
  minifySyntax: true,
  legalComments: 'none',
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
if (existsSync('templates')) await cp('templates', 'dist/templates', { recursive: true });
