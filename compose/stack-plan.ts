import type { ServiceName } from './service-names.ts';

/** Everything that decides what the stack looks like. Pure data; `cli/stack` makes it from settings. */
export interface StackPlan {
  /** Compose project; also what volumes and the inner network begin with. */
  readonly project: string;
  readonly images: Readonly<Record<ServiceName, string>>;
  readonly parts: { readonly grafana: boolean; readonly jaeger: boolean; readonly promtail: boolean };
  /** Published on every address of `listen`, the same inside. */
  readonly ports: {
    readonly ingest: number;
    readonly ui: number;
    readonly otlp_grpc: number;
    readonly otlp_http: number;
    readonly collector_health: number;
    readonly prometheus: number;
    readonly loki: number;
    readonly jaeger: number;
    readonly grafana: number;
  };
  /** Addresses of the host for the bridge's ports. Every other port is published on loopback alone. */
  readonly listen: readonly string[];
  /** The network that agents' containers join. */
  readonly agentsNetwork: { readonly name: string; readonly external: boolean };
  /** IANA time zone of every container. */
  readonly timezone: string;
  /** `uid:gid` that bridge and Grafana run as, so that they may read what its owner alone may read. */
  readonly user: string;
  /** Group that Docker's socket belongs to. */
  readonly dockerGroupId: number;
  /** Docker's socket on the host. */
  readonly dockerSocket: string;
  /** Paths on the host, absolute. */
  readonly hostPaths: {
    /** Folder of the journal; null where it is a volume, because the host's folder is behind a VM's shared mount. */
    readonly bridgeDir: string | null;
    readonly tokenSecretFile: string;
    readonly grafanaPasswordFile: string;
  };
  /** Hash of the mounted files of a service: a change of them makes Compose create its container anew. */
  readonly configHashes: Readonly<Partial<Record<ServiceName, string>>>;
}
