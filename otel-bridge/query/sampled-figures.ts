import type { MetricSample } from '../domain/sample.ts';

/** The figures of a virtual machine or container that a person looks for first; null where they are not known. */
export type SampledFigures = ReturnType<typeof sampledFigures>;

/** Finds them among what was read in a round, in base units. */
export function sampledFigures(metrics: readonly MetricSample[]) {
  const all = (name: string, attributes: readonly string[]): number[] =>
    metrics
      .filter(
        ({ metric, attributes: told }) =>
          metric === name && attributes.every((wanted) => Object.values(told).includes(wanted)),
      )
      .map(({ value }) => value);
  const value = (name: string, ...attributes: string[]): number | null => all(name, attributes)[0] ?? null;
  const sum = (name: string): number | null => {
    const values = all(name, []);
    return values.length === 0 ? null : values.reduce((total, each) => total + each, 0);
  };
  const guestUsed = value('system.memory.usage', 'used');
  const guestFree = value('system.memory.usage', 'free');
  return {
    /** Share of its CPUs. */
    cpu_utilization: value('libvirt.domain.cpu.utilization'),
    /** CPUs in use. */
    cpus_used: value('container.cpu.usage'),
    cpu_time_s: value('libvirt.domain.cpu.time') ?? sum('container.cpu.time'),
    memory_bytes: value('libvirt.domain.memory.balloon') ?? value('container.memory.usage'),
    memory_used_bytes: value('libvirt.domain.memory.used') ?? guestUsed ?? value('container.memory.usage'),
    memory_total_bytes:
      guestUsed === null || guestFree === null
        ? (value('libvirt.domain.memory.available') ?? value('container.memory.limit'))
        : guestUsed + guestFree,
    disk_used_bytes: value('system.filesystem.usage', '/', 'used'),
    disk_free_bytes: value('system.filesystem.usage', '/', 'free'),
    load_1m: value('system.cpu.load_average.1m'),
    uptime_s: value('system.uptime') ?? value('libvirt.domain.uptime') ?? value('container.uptime'),
  };
}
