#!/usr/bin/env node
/**
 * What `monitor` starts first, on whatever Node the machine has. On one that is too old it hands over to the Node
 * that npm put beside this package, or says what is missing; otherwise it goes on in this process.
 * Nothing here may need more than an old Node has: no newer syntax, no newer modules, no dependency.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { isSupportedNode, OLDEST_NODE } from './supported-node.ts';

/** Exit code for a missing prerequisite. */
const PREREQUISITE_MISSING = 6;

const program = new URL('./monitor-main.mjs', import.meta.url);

const [first, ...others] = process.argv.slice(2);

if (first === '--version' && others.length === 0) {
  // Asked for by scripts and installers: answered before anything is loaded.
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  process.stdout.write(`${JSON.parse(manifest).version}\n`);
} else if (isSupportedNode(process.versions.node)) {
  await import(program.href);
} else {
  const node = packagedNode();
  if (node === undefined) refuse();
  else handOver(node);
}

/** The Node of the npm package `node`: in a clone below node_modules, in an installation beside this package. */
function packagedNode(): string | undefined {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  return [`../node_modules/node/bin/${name}`, `../../node/bin/${name}`]
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path));
}

function refuse(): void {
  const message = `Cannot start monitor: this is Node ${process.versions.node} (${process.execPath}), it needs ${OLDEST_NODE} or newer`;
  const fix = 'Install a newer Node from nodejs.org, or run "npm install node@24" beside agent-monitor.';
  if (process.argv.includes('--json')) {
    const verb = process.argv.slice(2).find((word) => !word.startsWith('-')) || 'monitor';
    process.stdout.write(
      `${JSON.stringify({
        schema: `agent-monitor.${verb}/1`,
        ok: false,
        code: 'PREREQUISITE_MISSING',
        message,
        fix: [fix],
        data: null,
      })}\n`,
    );
  }
  process.stderr.write(`${message}. ${fix}\n`);
  process.exitCode = PREREQUISITE_MISSING;
}

/** Runs the same command on another Node and ends as it ends. */
function handOver(node: string): void {
  const child = spawn(node, [fileURLToPath(program), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to both processes; twice would look like impatience.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('error', (error) => {
    process.stderr.write(`Cannot start "${node}": ${error.message}\n`);
    process.exitCode = PREREQUISITE_MISSING;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = signal === null ? (code ?? 1) : 128 + constants.signals[signal];
  });
}
