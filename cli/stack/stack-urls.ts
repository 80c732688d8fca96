import { localAddress } from '../bridge-api/local-address.ts';
import type { RuntimeName } from '../runtime.ts';
import type { Settings } from '../settings/schema.ts';

/** Where everything is reached from this machine; null where the runtime or the settings leave it out. */
export interface StackUrls {
  readonly ui: string;
  readonly ingest: string;
  /** Host and port: gRPC has no path. */
  readonly otlp_grpc: string;
  readonly otlp_http: string;
  readonly grafana: string | null;
  readonly prometheus: string | null;
  readonly loki: string | null;
  readonly jaeger: string | null;
}

/** Addresses that settings and runtime amount to. */
export function stackUrls({ ports, listen, parts }: Settings, runtime: RuntimeName): StackUrls {
  const own = localAddress(listen[0]);
  const isDocker = runtime === 'docker';
  return {
    ui: `http://${own}:${ports.ui}`,
    ingest: `http://${own}:${ports.ingest}`,
    otlp_grpc: `${own}:${ports.otlp_grpc}`,
    otlp_http: `http://${own}:${ports.otlp_http}`,
    grafana: isDocker && parts.grafana ? `http://localhost:${ports.grafana}` : null,
    prometheus: isDocker ? `http://127.0.0.1:${ports.prometheus}` : null,
    loki: isDocker ? `http://127.0.0.1:${ports.loki}` : null,
    jaeger: isDocker && parts.jaeger ? `http://127.0.0.1:${ports.jaeger}` : null,
  };
}
