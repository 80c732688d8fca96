/** Services of the generated stack, in the order in which they are shown. */
export const SERVICE_NAMES = [
  'bridge',
  'otel-collector',
  'prometheus',
  'loki',
  'jaeger',
  'grafana',
  'promtail',
  'socket-proxy',
] as const;

/** Name of one service of the stack. */
export type ServiceName = (typeof SERVICE_NAMES)[number];
