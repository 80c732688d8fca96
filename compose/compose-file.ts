/*
 * The part of the Compose specification (compose-spec.io) that the stack uses, as data.
 */

/** A port of a container that is published on the host. Long form: the short one is a string to be parsed. */
export interface PublishedPort {
  readonly name?: string;
  readonly target: number;
  readonly published: string;
  readonly host_ip: string;
  readonly protocol: 'tcp';
}

/** A volume or a host path inside a container. */
export interface Mount {
  readonly type: 'bind' | 'volume';
  readonly source: string;
  readonly target: string;
  readonly read_only?: boolean;
  /** A missing host path is a mistake, not a folder to make. */
  readonly bind?: { readonly create_host_path: false };
}

/** How Docker asks a container whether it is well. */
export interface Healthcheck {
  /** `CMD` and arguments, or `CMD-SHELL` and one line; `$` is written `$$`. */
  readonly test: readonly string[];
  readonly interval: string;
  readonly timeout: string;
  readonly retries: number;
  /** Failures in this time count for nothing. */
  readonly start_period: string;
}

/** One service. */
export interface ComposeService {
  readonly image: string;
  readonly user?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly PublishedPort[];
  readonly volumes?: readonly Mount[];
  readonly tmpfs?: readonly string[];
  readonly secrets?: readonly { readonly source: string; readonly target: string }[];
  /** Networks by their name in the file. */
  readonly networks: Readonly<Record<string, { readonly aliases?: readonly string[] } | null>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: 'service_started' }>>;
  readonly healthcheck?: Healthcheck;
  readonly profiles?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly mem_limit: string;
  readonly pids_limit: number;
  readonly stop_grace_period?: string;
  readonly restart: 'unless-stopped';
  readonly init?: boolean;
  readonly read_only: true;
  readonly cap_drop: readonly ['ALL'];
  readonly security_opt: readonly ['no-new-privileges:true'];
  readonly logging: {
    readonly driver: 'json-file';
    readonly options: { readonly 'max-size': string; readonly 'max-file': string };
  };
}

/** compose.yaml. */
export interface ComposeFile {
  readonly name: string;
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks: Readonly<
    Record<string, { readonly name: string; readonly external?: true; readonly internal?: true }>
  >;
  readonly volumes: Readonly<Record<string, { readonly name: string }>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}
