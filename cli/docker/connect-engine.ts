import { stat } from 'node:fs/promises';
import Docker from 'dockerode';
import { CliError } from '../errors.ts';
import type { EngineFacts } from '../stack/engine-facts.ts';
import { runProcess } from './run-process.ts';

/** A Docker Engine that answers, and what the stack has to know of it. */
export interface ConnectedEngine {
  readonly client: Docker;
  /** Its socket on this machine. */
  readonly socketPath: string;
  readonly facts: EngineFacts;
}

/** How long engine and plugin may take to say that they are there. */
const ANSWER_TIMEOUT_MS = 10_000;

const EMBEDDED_FIX = 'monitor up --runtime embedded    (needs no Docker)';

/**
 * Finds the engine that the `docker` command talks to, and the Compose plugin.
 * @throws CliError PREREQUISITE_MISSING with the remedy
 */
export async function connectEngine(env: Readonly<NodeJS.ProcessEnv>): Promise<ConnectedEngine> {
  const endpoint = await findEndpoint(env);
  const socketPath = localSocket(endpoint);
  const client = new Docker({ socketPath, timeout: ANSWER_TIMEOUT_MS });
  const [info, composeVersion] = await Promise.all([askEngine(client, endpoint), askCompose(env)]);
  const { isRootless, isVirtualMachine } = info;
  return {
    // Waiting for logs and events takes as long as it takes.
    client: new Docker({ socketPath }),
    socketPath,
    facts: {
      version: info.version,
      composeVersion,
      // Inside the virtual machine the socket is where the engine has it.
      socketPath: isVirtualMachine ? '/var/run/docker.sock' : socketPath,
      socketGroupId: isVirtualMachine || isRootless ? 0 : await groupOf(socketPath),
      isRootless,
      isVirtualMachine,
    },
  };
}

/** The engine's address as the `docker` command sees it: DOCKER_HOST, or the current context. */
async function findEndpoint(env: Readonly<NodeJS.ProcessEnv>): Promise<string> {
  if (env.DOCKER_HOST) return env.DOCKER_HOST;
  const format = '{{.Endpoints.docker.Host}}';
  const { exitCode, stdout, stderr } = await runDocker(['context', 'inspect', '--format', format], env);
  if (exitCode === 0 && stdout.trim() !== '') return stdout.trim();
  throw missing(`Cannot use docker: it does not tell where its engine is (${stderr.trim()})`, [
    'docker context ls',
    EMBEDDED_FIX,
  ]);
}

function localSocket(endpoint: string): string {
  const [, path] = /^(?:unix|npipe):\/\/(.+)$/.exec(endpoint) ?? [];
  if (path !== undefined) return path;
  throw missing(`Cannot use docker: its engine is at "${endpoint}", expected one on this machine (unix://)`, [
    'docker context use default',
    EMBEDDED_FIX,
  ]);
}

async function askEngine(client: Docker, endpoint: string) {
  try {
    const info: { ServerVersion: string; OperatingSystem: string; SecurityOptions?: string[] } =
      await client.info();
    return {
      version: info.ServerVersion,
      isRootless: (info.SecurityOptions ?? []).some((option) => option.includes('rootless')),
      isVirtualMachine: process.platform !== 'linux' || info.OperatingSystem === 'Docker Desktop',
    };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isForbidden = code === 'EACCES' || code === 'EPERM';
    throw missing(
      isForbidden
        ? `Cannot use docker: this user may not use the engine at "${endpoint}"`
        : `Cannot use docker: the engine at "${endpoint}" does not answer (${code ?? message})`,
      [
        isForbidden
          ? 'sudo usermod -aG docker "$USER"    (and log in again)'
          : 'start Docker: sudo systemctl start docker, or Docker Desktop',
        EMBEDDED_FIX,
      ],
      error,
    );
  }
}

async function askCompose(env: Readonly<NodeJS.ProcessEnv>): Promise<string> {
  const { exitCode, stdout } = await runDocker(['compose', 'version', '--short'], env);
  if (exitCode === 0) return stdout.trim();
  throw missing('Cannot use docker: the Compose plugin ("docker compose") is not installed', [
    'install docker-compose-plugin: https://docs.docker.com/compose/install/',
    EMBEDDED_FIX,
  ]);
}

async function runDocker(args: readonly string[], env: Readonly<NodeJS.ProcessEnv>) {
  try {
    return await runProcess('docker', args, { env, timeoutMs: ANSWER_TIMEOUT_MS });
  } catch (error) {
    throw missing(
      'Cannot use docker: the command "docker" is not installed',
      ['install Docker Engine: https://docs.docker.com/engine/install/', EMBEDDED_FIX],
      error,
    );
  }
}

async function groupOf(path: string): Promise<number> {
  return (await stat(path)).gid;
}

function missing(message: string, fix: readonly string[], cause?: unknown): CliError {
  return new CliError('PREREQUISITE_MISSING', message, { fix, cause });
}
