import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectEngine } from '../../cli/docker/connect-engine.ts';
import { CliError, exitCodeOf } from '../../cli/errors.ts';

let folder: string;
let server: Server | null = null;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agent-monitor-engine-'));
});

afterEach(async () => {
  await new Promise((resolve) => (server === null ? resolve(null) : server.close(resolve)));
  server = null;
  await rm(folder, { recursive: true, force: true });
});

/** A `docker` command that does what this shell script says, and nothing else on the path but a shell. */
async function fakeDocker(script: string): Promise<NodeJS.ProcessEnv> {
  const file = join(folder, 'docker');
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return { PATH: folder };
}

/** An engine that answers `GET /info` with this. */
async function fakeEngine(info: Readonly<Record<string, unknown>>): Promise<string> {
  const answer: RequestListener = (_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(info));
  };
  const socket = join(folder, 'engine.sock');
  const started = createServer(answer);
  server = started;
  await new Promise<void>((resolve) => started.listen(socket, resolve));
  return socket;
}

async function failureOf(env: NodeJS.ProcessEnv): Promise<CliError> {
  const error: unknown = await connectEngine(env).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CliError)) throw new Error(`expected a CliError, got ${String(error)}`);
  expect(exitCodeOf(error.code)).toBe(6);
  expect(error.fix.at(-1)).toContain('--runtime embedded');
  return error;
}

const INFO = { ServerVersion: '28.3.0', OperatingSystem: 'Debian', SecurityOptions: ['name=seccomp'] };

describe('connectEngine()', () => {
  it('says when there is no docker command', async () => {
    const error = await failureOf({ PATH: folder });
    expect(error.message).toBe('Cannot use docker: the command "docker" is not installed');
  });

  it('says when the engine does not answer', async () => {
    const socket = join(folder, 'nothing.sock');
    const env = await fakeDocker(`echo unix://${socket}`);
    expect((await failureOf(env)).message).toBe(
      `Cannot use docker: the engine at "unix://${socket}" does not answer (ENOENT)`,
    );
  });

  it('says when the Compose plugin is missing', async () => {
    const socket = await fakeEngine(INFO);
    const env = await fakeDocker(`[ "$1" = context ] && echo unix://${socket} || exit 1`);
    expect((await failureOf(env)).message).toBe(
      'Cannot use docker: the Compose plugin ("docker compose") is not installed',
    );
  });

  it('refuses an engine on another machine, whose folders are not these', async () => {
    const env = { ...(await fakeDocker('exit 1')), DOCKER_HOST: 'tcp://10.0.0.7:2375' };
    expect((await failureOf(env)).message).toContain('"tcp://10.0.0.7:2375", expected one on this machine');
  });

  it('tells what the stack has to know, of the engine that the docker command uses', async () => {
    const socket = await fakeEngine(INFO);
    const env = await fakeDocker(`[ "$1" = context ] && echo unix://${socket} || echo 2.40.0`);
    expect((await connectEngine(env)).facts).toEqual({
      version: '28.3.0',
      composeVersion: '2.40.0',
      socketPath: socket,
      socketGroupId: expect.any(Number),
      isRootless: false,
      isVirtualMachine: process.platform !== 'linux',
    });
  });

  it('knows a rootless engine and one in a virtual machine', async () => {
    const rootless = await fakeEngine({ ...INFO, SecurityOptions: ['name=rootless'] });
    const env = await fakeDocker(`[ "$1" = context ] && echo unix://${rootless} || echo 2.40.0`);
    expect((await connectEngine(env)).facts).toMatchObject({ isRootless: true, socketGroupId: 0 });
    await new Promise((resolve) => server?.close(resolve));
    await fakeEngine({ ...INFO, OperatingSystem: 'Docker Desktop' });
    expect((await connectEngine(env)).facts).toMatchObject({
      isVirtualMachine: true,
      socketPath: '/var/run/docker.sock',
    });
  });
});
