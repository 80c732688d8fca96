import type { FastifyInstance } from 'fastify';
import type { SamplerState } from '../../domain/read-model.ts';
import type { MetricSample, SampledThing } from '../../domain/sample.ts';
import { isoTime } from '../json/time.ts';
import type { RouteContext } from '../options.ts';
import { readParameters } from '../parameters.ts';

/** A sampler that missed so many rounds is silent. */
const SILENT_ROUNDS = 3;

/** `GET /v1/vms`: virtual machines and containers as they were last seen, and the samplers that look. */
export function registerVmRoutes(app: FastifyInstance, { readModel, clock }: RouteContext): void {
  app.get('/v1/vms', async (request) => {
    readParameters({}, request.query);
    const samplers = readModel.samplers();
    const nowMs = clock();
    return {
      vms: samplers.flatMap((sampler) =>
        sampler.things.filter(({ kind }) => kind === 'vm').map((thing) => thingJson(thing, sampler)),
      ),
      containers: samplers.flatMap((sampler) =>
        sampler.things.filter(({ kind }) => kind === 'container').map((thing) => thingJson(thing, sampler)),
      ),
      samplers: samplers.map(({ name, takenMs, intervalMs, problem, things }) => ({
        name,
        taken_at: isoTime(takenMs),
        interval_ms: intervalMs,
        silent: nowMs - takenMs > SILENT_ROUNDS * intervalMs,
        problem,
        things: things.length,
      })),
    };
  });
}

function thingJson({ metrics, ...thing }: SampledThing, { takenMs }: SamplerState) {
  return { ...thing, taken_at: isoTime(takenMs), figures: figuresOf(metrics) };
}

/** The figures that a person looks for first; null where they are not known. */
function figuresOf(metrics: readonly MetricSample[]) {
  const value = (name: string, ...attributes: string[]): number | null => {
    const found = metrics.find(
      ({ metric, attributes: told }) =>
        metric === name && attributes.every((wanted) => Object.values(told).includes(wanted)),
    );
    return found?.value ?? null;
  };
  const guestUsed = value('system.memory.usage', 'used');
  const guestFree = value('system.memory.usage', 'free');
  return {
    cpu_utilization: value('libvirt.domain.cpu.utilization'),
    memory_bytes: value('libvirt.domain.memory.balloon') ?? value('container.memory.usage'),
    memory_used_bytes: value('libvirt.domain.memory.used') ?? guestUsed,
    memory_total_bytes:
      guestUsed === null || guestFree === null
        ? value('libvirt.domain.memory.available')
        : guestUsed + guestFree,
    disk_used_bytes: value('system.filesystem.usage', '/', 'used'),
    disk_free_bytes: value('system.filesystem.usage', '/', 'free'),
    load_1m: value('system.cpu.load_average.1m'),
    uptime_s: value('system.uptime'),
  };
}
