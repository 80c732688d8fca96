import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { CliError } from '../errors.ts';
import type { HookPlace } from './hook-place.ts';
import { quoteCommand } from './quote-command.ts';

/** Options of `openSshPlace`. */
export interface SshPlaceOptions {
  /** As `ssh` takes it: `vm`, `user@10.0.0.5`. */
  readonly host: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly signal: AbortSignal;
}

const CONNECT_TIMEOUT_S = 10;
/** What a remote command says where a file is missing. */
const MISSING = 44;

/**
 * Another machine, through the user's own `ssh` with the user's own keys and settings; nothing is asked.
 * @throws CliError FAILED where it cannot be reached, PREREQUISITE_MISSING where there is no ssh
 */
export async function openSshPlace({ host, env, signal }: SshPlaceOptions): Promise<HookPlace> {
  const run = async (command: string, input?: string): Promise<{ code: number; stdout: string }> => {
    // A host that begins with a dash would be an option.
    const args = ['-o', 'BatchMode=yes', '-o', `ConnectTimeout=${CONNECT_TIMEOUT_S}`, '--', host, command];
    const { code, stdout, stderr } = await runSsh(args, input ?? '', { env, signal });
    if (code === 0 || code === MISSING) return { code, stdout };
    throw new CliError('FAILED', `Cannot work on "${host}" over ssh: it ended with ${code}`, {
      details: stderr.trim().split('\n').slice(-5),
      fix: [`ssh ${host} true`],
    });
  };
  const { stdout } = await run('printf "%s\\n" "$HOME"; command -v node || true');
  const [home = '', node = ''] = stdout.trim().split('\n');
  return {
    name: host,
    home,
    node: node === '' ? null : [node],
    async read(path) {
      const { code, stdout: content } = await run(
        `if [ -e ${quoteCommand([path])} ]; then cat ${quoteCommand([path])}; else exit ${MISSING}; fi`,
      );
      return code === MISSING ? null : content;
    },
    async write(path, content, mode) {
      const [target, folder] = [quoteCommand([path]), quoteCommand([dirname(path)])];
      const unfinished = quoteCommand([`${path}.agent-monitor.tmp`]);
      await run(
        `umask 077 && mkdir -p ${folder} && cat > ${unfinished} && chmod ${mode.toString(8)} ${unfinished} && mv ${unfinished} ${target}`,
        content,
      );
    },
    async remove(path) {
      await run(`rm -f ${quoteCommand([path])}; rmdir ${quoteCommand([dirname(path)])} 2>/dev/null || true`);
    },
  };
}

function runSsh(
  args: readonly string[],
  input: string,
  { env, signal }: Pick<SshPlaceOptions, 'env' | 'signal'>,
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('ssh', args, { env: { ...env }, signal, stdio: ['pipe', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
    });
    child.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'ENOENT'
          ? new CliError('PREREQUISITE_MISSING', 'Cannot reach another machine: there is no ssh', {
              cause: error,
            })
          : error,
      );
    });
    child.once('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
    // A remote side that ends early is told by its exit code.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
