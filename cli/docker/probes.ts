import type Docker from 'dockerode';
import * as z from 'zod';
import type { ServiceName } from '../../compose/service-names.ts';
import { localAddress } from '../bridge-api/local-address.ts';
import { probeReady } from '../embedded/probe-ready.ts';
import type { Settings } from '../settings/schema.ts';
import type { ProbeAnswer } from './probe-answer.ts';
import { runHealthcheck } from './run-healthcheck.ts';
import { listStackContainers } from './stack-containers.ts';

/** How to reach and ask one part from outside its container. */
export interface Probe {
  readonly service: ServiceName;
  /** Where a person or a program finds it; null where nothing is published. */
  readonly url: string | null;
  /** Whether it answers what it is there for. */
  ask(): Promise<ProbeAnswer>;
  /** What it must be able to do besides before `up` says that it is there. */
  askThoroughly?(): Promise<ProbeAnswer>;
}

/** How long one question may take. */
const TIMEOUT_MS = 3_000;

/** Stream that `up` writes a line to, so that nobody takes it for an agent's. */
const PROBE_STREAM = { service_name: 'agent-monitor-probe' };

const queryAnswerSchema = z.object({ status: z.literal('success') });
const grafanaHealthSchema = z.object({ database: z.literal('ok') });

/** Probes of every part that publishes a port. */
export function createProbes({ ports, listen, parts }: Settings): readonly Probe[] {
  const own = localAddress(listen[0]);
  const ingest = `http://${own}:${ports.ingest}`;
  const at = (port: number): string => `http://127.0.0.1:${port}`;
  const loki = at(ports.loki);
  const prometheus = at(ports.prometheus);
  return [
    {
      service: 'bridge',
      url: `http://${own}:${ports.ui}`,
      async ask() {
        const readiness = await probeReady(ingest);
        return readiness.state === 'ready' ? READY : { isReady: false, reason: readiness.reason };
      },
    },
    {
      service: 'otel-collector',
      url: at(ports.collector_health),
      ask: () => get(at(ports.collector_health)),
    },
    {
      service: 'prometheus',
      url: prometheus,
      ask: () => get(`${prometheus}/-/ready`),
      askThoroughly: () => get(`${prometheus}/api/v1/query?query=1`, queryAnswerSchema),
    },
    {
      service: 'loki',
      url: loki,
      ask: () => get(`${loki}/ready`),
      askThoroughly: () => writeToLoki(loki),
    },
    ...(parts.jaeger
      ? [
          {
            service: 'jaeger',
            url: at(ports.jaeger),
            ask: () => get(`${at(ports.jaeger)}/api/services`),
          } as const,
        ]
      : []),
    ...(parts.grafana
      ? [
          {
            service: 'grafana',
            // Grafana sends every other name to this one.
            url: `http://localhost:${ports.grafana}`,
            ask: () => get(`http://localhost:${ports.grafana}/api/health`, grafanaHealthSchema),
          } as const,
        ]
      : []),
  ];
}

/** Probes of parts that publish no port: their containers check themselves. */
export function createInnerProbes(
  client: Docker,
  project: string,
  services: readonly ServiceName[],
): readonly Probe[] {
  return services.map((service) => ({
    service,
    url: null,
    async ask() {
      const containers = await listStackContainers(client, project);
      const container = containers.find((each) => each.service === service);
      if (container === undefined) return { isReady: false, reason: 'it was not created yet' };
      return runHealthcheck(client, container.id);
    },
  }));
}

const READY: ProbeAnswer = { isReady: true };

async function get(url: string, schema?: z.ZodType): Promise<ProbeAnswer> {
  return ask(url, {}, schema);
}

/** Loki says that it is ready before it takes anything. */
async function writeToLoki(baseUrl: string): Promise<ProbeAnswer> {
  const nanoseconds = `${Date.now()}000000`;
  const body = {
    streams: [{ stream: PROBE_STREAM, values: [[nanoseconds, 'monitor up: loki takes logs']] }],
  };
  return ask(`${baseUrl}/loki/api/v1/push`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function ask(url: string, init: RequestInit, schema?: z.ZodType): Promise<ProbeAnswer> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const text = await response.text();
    if (!response.ok) return { isReady: false, reason: `${response.status}: ${firstLine(text)}` };
    if (schema !== undefined && !schema.safeParse(JSON.parse(text)).success) {
      return { isReady: false, reason: `unexpected answer: ${firstLine(text)}` };
    }
    return READY;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { isReady: false, reason: cause instanceof Error ? cause.message : String(cause) };
  }
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0]?.slice(0, 200) ?? '';
}
