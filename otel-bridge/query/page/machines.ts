import type { SamplerState } from '../../domain/read-model.ts';
import type { SampledThing } from '../../domain/sample.ts';
import { isSilent } from '../../domain/silent-sampler.ts';
import { type SampledFigures, sampledFigures } from '../sampled-figures.ts';
import { DASH, formatBytes, formatCount, formatDuration } from './format.ts';
import { type Html, html } from './html.ts';
import type { ViewContext } from './layout.ts';
import { type Column, renderTable } from './table.ts';

interface Machine extends Omit<SampledThing, 'metrics'> {
  readonly figures: SampledFigures;
  readonly takenMs: number;
}

/** Virtual machines and containers as they were seen last; nothing where nobody looks for any. */
export function renderMachines(samplers: readonly SamplerState[], { nowMs }: ViewContext): Html | null {
  if (samplers.length === 0) return null;
  const machines = samplers.flatMap(({ things, takenMs }) =>
    things.map(
      ({ metrics, ...thing }): Machine => ({
        ...thing,
        takenMs,
        figures: sampledFigures(metrics),
      }),
    ),
  );
  const of = (wanted: Machine['kind']): readonly Machine[] => machines.filter(({ kind }) => kind === wanted);
  return html`${renderGrid('Virtual machines', of('vm'), nowMs)}
${renderGrid('Containers', of('container'), nowMs)}
${samplers.map((sampler) => renderTrouble(sampler, nowMs))}`;
}

function renderGrid(title: string, machines: readonly Machine[], nowMs: number): Html | null {
  if (machines.length === 0) return null;
  return html`<section aria-label="${title}"><h2>${title} <small>${formatCount(machines.length)}</small></h2>
${renderTable(title, columns(nowMs), machines, '')}</section>`;
}

function columns(nowMs: number): Column<Machine>[] {
  return [
    { title: 'Name', cell: ({ name }) => name },
    { title: 'State', cell: renderState },
    { title: 'Project', cell: ({ project, registered }) => (registered ? project : 'not registered') },
    { title: 'CPU', kind: 'number', cell: ({ figures }) => formatCpu(figures) },
    { title: 'Memory', kind: 'number', cell: ({ figures }) => formatMemory(figures) },
    { title: 'Disk', kind: 'number', cell: ({ figures }) => formatDisk(figures) },
    { title: 'Gateway', cell: ({ facts }) => renderGateway(facts.gateway) },
    {
      title: 'Issues',
      kind: 'text',
      cell: ({ issues }) =>
        issues.length === 0 ? DASH : html`<span class="bad">${issues.join('; ')}</span>`,
    },
    {
      title: 'Seen',
      kind: 'fixed',
      cell: ({ takenMs }) => `${formatDuration(Math.max(0, nowMs - takenMs))} ago`,
    },
  ];
}

function renderState({ state, reason }: Machine): Html {
  const why = reason === null || reason === 'unknown' ? '' : ` (${reason})`;
  return html`<span class="state ${state === 'running' ? 'running' : ''}">${state}${why}</span>`;
}

function renderGateway(gateway: unknown): Html | string {
  if (typeof gateway !== 'string') return DASH;
  return gateway === 'up' ? gateway : html`<span class="bad">${gateway}</span>`;
}

function formatCpu({ cpu_utilization, cpus_used }: SampledFigures): string {
  if (cpu_utilization !== null) return `${Math.round(cpu_utilization * 100)} %`;
  return cpus_used === null ? DASH : `${cpus_used.toFixed(2)} CPUs`;
}

function formatMemory({ memory_used_bytes, memory_total_bytes, memory_bytes }: SampledFigures): string {
  const total = memory_total_bytes ?? (memory_used_bytes === memory_bytes ? null : memory_bytes);
  return formatPart(memory_used_bytes, total);
}

function formatDisk({ disk_used_bytes, disk_free_bytes }: SampledFigures): string {
  const isKnown = disk_used_bytes !== null && disk_free_bytes !== null;
  return formatPart(disk_used_bytes, isKnown ? disk_used_bytes + disk_free_bytes : null);
}

/** `1.2 GiB of 4 GiB`, as far as it is known. */
function formatPart(used: number | null, total: number | null): string {
  return total === null ? formatBytes(used) : `${formatBytes(used)} of ${formatBytes(total)}`;
}

function renderTrouble({ name, takenMs, intervalMs, problem }: SamplerState, nowMs: number): Html | null {
  if (problem === null && !isSilent(takenMs, intervalMs, nowMs)) return null;
  return html`<p class="note bad">${problem ?? `Nothing was heard of ${name} for ${formatDuration(nowMs - takenMs)}.`}</p>`;
}
