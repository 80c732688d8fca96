import { SERVICE_NAMES, type ServiceName } from './service-names.ts';

/** Images of the stack, pinned by tag and digest of the multi-architecture index. */
export const IMAGES: Readonly<Record<ServiceName, string>> = {
  bridge: 'node:24-bookworm-slim@sha256:6f7b03f7c2c8e2e784dcf9295400527b9b1270fd37b7e9a7285cf83b6951452d',
  'otel-collector':
    'otel/opentelemetry-collector-contrib:0.159.0@sha256:1f2c54a30e713fac6b3ae77a1ec84010c2007e29ced8ec666214fc2f6739c1cc',
  prometheus:
    'prom/prometheus:v3.15.0@sha256:efd719c99d83b060d9daefdcf00360461adf279f45ef5391f8d111892118753e',
  loki: 'grafana/loki:3.7.8@sha256:1107dd5274e0ada47e42472b7a7e71f3b2a2fe878878108f3e2f9e51528f0193',
  jaeger:
    'jaegertracing/jaeger:2.20.0@sha256:46a886260e04002d8f45e213fc39063fa11a50446048fdaa64786fc0840cb9f8',
  grafana: 'grafana/grafana:13.2.3@sha256:b28bae15e219c998fb0e0424ed724930cc61b1f61fb404d47c862f9a23f9e572',
  // The last line of Promtail before its end; Loki 3.7 still takes its pushes.
  promtail: 'grafana/promtail:3.6.0@sha256:2aafa34b3d5fba888c51081d3a22c234906ffd3cafc5def11c581549b297d449',
  'socket-proxy':
    'wollomatic/socket-proxy:1.13.1@sha256:3935b709275e4ec35d6ed5a5c4a1f0d01ed31eec5e7234efc3357ecd47689002',
};

/** What users may choose instead. */
export interface ImageChoice {
  /** By service; used as it stands. */
  readonly overrides: Readonly<Partial<Record<ServiceName, string | undefined>>>;
  /** Registry that the pinned images come from; null = Docker Hub. */
  readonly mirror: string | null;
}

/** The image of every service. */
export function chooseImages({ overrides, mirror }: ImageChoice): Readonly<Record<ServiceName, string>> {
  const entries = SERVICE_NAMES.map((name) => [name, overrides[name] ?? mirrored(IMAGES[name], mirror)]);
  return Object.fromEntries(entries) as Record<ServiceName, string>;
}

/** Docker Hub's own images live below `library/` for everybody but Docker Hub. */
function mirrored(image: string, mirror: string | null): string {
  if (mirror === null) return image;
  const path = image.includes('/') ? image : `library/${image}`;
  return `${mirror.replace(/\/+$/, '')}/${path}`;
}
