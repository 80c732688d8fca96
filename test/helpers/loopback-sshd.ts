import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from './free-ports.ts';
import { waitUntil } from './wait-until.ts';

const SSHD = '/usr/sbin/sshd';

/** A real sshd on loopback that lets one key in, and runs nothing but commands for it. */
export interface LoopbackSshd extends Disposable {
  readonly port: number;
  /** Short, as paths of sockets have to be; goes with the server. Holds `key`, `stranger` (not let in) and `known`. */
  readonly folder: string;
}

/** Whether this machine and user can run one. */
export function canRunSshd(): boolean {
  return existsSync(SSHD) && process.getuid?.() === 0;
}

/** Starts it. @param addresses loopback addresses that it listens on, at most 16 */
export async function startLoopbackSshd(addresses: readonly string[] = ['127.0.0.1']): Promise<LoopbackSshd> {
  const folder = mkdtempSync(join(tmpdir(), 'am-sshd-'));
  const at = (name: string): string => join(folder, name);
  const [port = 0] = await freePorts(1);
  for (const name of ['host', 'key', 'stranger']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)]);
  }
  writeFileSync(at('authorized'), `restrict ${readFileSync(at('key.pub'), 'utf8')}`);
  const [type, key] = readFileSync(at('host.pub'), 'utf8').split(' ');
  writeFileSync(at('known'), addresses.map((address) => `[${address}]:${port} ${type} ${key}\n`).join(''));
  chmodSync(folder, 0o700);
  execFileSync('mkdir', ['-p', '/run/sshd']);
  writeFileSync(
    at('config'),
    [
      `Port ${port}`,
      ...addresses.map((address) => `ListenAddress ${address}`),
      `HostKey ${at('host')}`,
      `AuthorizedKeysFile ${at('authorized')}`,
      `PidFile ${at('pid')}`,
      'PasswordAuthentication no',
      'UsePAM no',
      'StrictModes no',
      'PermitRootLogin prohibit-password',
      'MaxStartups 100',
    ].join('\n'),
  );
  const sshd = spawn(SSHD, ['-D', '-e', '-f', at('config')], { stdio: 'ignore' });
  await waitUntil(
    () => existsSync(at('pid')),
    (exists) => exists,
  );
  return {
    port,
    folder,
    [Symbol.dispose]() {
      sshd.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
