import type Docker from 'dockerode';

/** Labels that Compose gives its containers (compose-spec.io, reference implementation). */
const LABEL = {
  project: 'com.docker.compose.project',
  service: 'com.docker.compose.service',
  workingDir: 'com.docker.compose.project.working_dir',
} as const;

/** One container of the stack. */
export interface StackContainer {
  readonly id: string;
  readonly service: string;
  /** Docker's word: created, running, paused, restarting, removing, exited, dead. */
  readonly state: string;
  /** What the container's own check says; null where it has none. */
  readonly health: 'starting' | 'healthy' | 'unhealthy' | null;
  /** ISO 8601; null when it does not run. */
  readonly startedAt: string | null;
  readonly exitCode: number;
  readonly isOutOfMemory: boolean;
  /** How often Docker has started it again. */
  readonly restarts: number;
  /** Folder of the Compose file that it belongs to. */
  readonly workingDir: string;
  /** Ports of the host that it has, or will have again in a moment: Docker starts it once more. */
  readonly publishedPorts: readonly number[];
}

/** Containers of a Compose project, stopped ones too. */
export async function listStackContainers(
  client: Docker,
  project: string,
): Promise<readonly StackContainer[]> {
  const found = await client.listContainers({
    all: true,
    filters: { label: [`${LABEL.project}=${project}`] },
  });
  const containers = await Promise.all(
    found.map(async (info): Promise<StackContainer | null> => {
      const details = await client
        .getContainer(info.Id)
        .inspect()
        .catch((error: { statusCode?: number }) => {
          // Removed since it was listed.
          if (error.statusCode === 404) return null;
          throw error;
        });
      if (details === null) return null;
      const { State: state } = details;
      return {
        id: info.Id,
        service: info.Labels[LABEL.service] ?? '',
        state: state.Status,
        health: healthOf(state.Health?.Status),
        startedAt: state.Running ? new Date(state.StartedAt).toISOString() : null,
        exitCode: state.ExitCode,
        isOutOfMemory: state.OOMKilled,
        restarts: details.RestartCount,
        workingDir: info.Labels[LABEL.workingDir] ?? '',
        publishedPorts: state.Running || state.Restarting ? boundPorts(details.HostConfig.PortBindings) : [],
      };
    }),
  );
  return containers.filter((container) => container !== null);
}

function healthOf(status: string | undefined): StackContainer['health'] {
  return status === 'starting' || status === 'healthy' || status === 'unhealthy' ? status : null;
}

/** @param bindings as Docker's API has them: `{"9090/tcp": [{HostIp, HostPort: "9090"}]}` */
function boundPorts(bindings: unknown): readonly number[] {
  const all = Object.values(
    (bindings ?? {}) as Readonly<Record<string, readonly { HostPort: string }[] | null>>,
  );
  return all.flatMap((list) => list ?? []).map(({ HostPort }) => Number(HostPort));
}
