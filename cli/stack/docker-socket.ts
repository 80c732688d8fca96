const DEFAULT_SOCKET = '/var/run/docker.sock';

/** Where Docker Engine's socket would be, there or not, without asking anybody: `DOCKER_HOST`, else the usual place. */
export function dockerSocket({ DOCKER_HOST = '' }: Readonly<NodeJS.ProcessEnv>): string {
  const [, path] = /^unix:\/\/(.+)$/.exec(DOCKER_HOST) ?? [];
  return path ?? DEFAULT_SOCKET;
}
