import type { FastifyInstance } from 'fastify';
import type { SamplerState } from '../../domain/read-model.ts';
import type { SampledThing } from '../../domain/sample.ts';
import { isSilent } from '../../domain/silent-sampler.ts';
import { isoTime } from '../json/time.ts';
import type { RouteContext } from '../options.ts';
import { readParameters } from '../parameters.ts';
import { sampledFigures } from '../sampled-figures.ts';

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
        silent: isSilent(takenMs, intervalMs, nowMs),
        problem,
        things: things.length,
      })),
    };
  });
}

function thingJson({ metrics, ...thing }: SampledThing, { takenMs }: SamplerState) {
  return { ...thing, taken_at: isoTime(takenMs), figures: sampledFigures(metrics) };
}
