import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isSupportedNode } from '../../cli/launcher/supported-node.ts';
import { type InstalledMonitor, installMonitor, runProgram } from '../helpers/monitor.ts';

/** A Node of the machine that is too old; undefined where it has none, and then there is nothing to try. */
const OLD_NODE = ['/usr/bin/node', '/usr/local/bin/node', '/opt/homebrew/bin/node'].find(
  (path) => existsSync(path) && !isSupportedNode(versionOf(path)),
);

let monitor: InstalledMonitor;
beforeAll(async () => {
  monitor = await installMonitor();
});
afterAll(() => monitor[Symbol.asyncDispose]());

describe.skipIf(OLD_NODE === undefined)('monitor on an older Node', () => {
  it('says what is wrong and what to do, exit 6, as JSON too', async () => {
    const text = await runProgram(OLD_NODE ?? '', [monitor.program, 'status']);
    expect(text).toMatchObject({ exitCode: 6, stdout: '' });
    expect(text.stderr).toMatch(
      /^Cannot start monitor: this is Node 2?\d\.\d+\.\d+ \(.+\), it needs 22\.15\.0 or newer\. Install a newer Node/,
    );
    const json = await runProgram(OLD_NODE ?? '', [monitor.program, 'status', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      schema: 'agent-monitor.status/1',
      ok: false,
      code: 'PREREQUISITE_MISSING',
    });
  });

  it('hands over to the Node that npm put beside it', async () => {
    const bin = join(monitor.folder, '../node/bin');
    await mkdir(bin, { recursive: true });
    await symlink(process.execPath, join(bin, 'node'));
    const help = await runProgram(OLD_NODE ?? '', [monitor.program, '--help']);
    expect(help).toMatchObject({ exitCode: 0, stderr: '' });
    expect(help.stdout).toContain('Usage: monitor');
    const usage = await runProgram(OLD_NODE ?? '', [monitor.program, 'no-such-verb']);
    expect(usage.exitCode).toBe(2);
  });
});

function versionOf(node: string): string {
  return execFileSync(node, ['--version'], { encoding: 'utf8' }).trim().slice(1);
}
