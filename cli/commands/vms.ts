import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import * as z from 'zod';
import { connectToBridge } from '../bridge-api/connect.ts';
import type { Command, CommandContext } from '../command.ts';
import { CliError } from '../errors.ts';
import { readOptions } from '../read-options.ts';
import { expandHome } from '../stack/expand-home.ts';
import { printable, renderVms, type VmRow } from '../vms/render-vms.ts';
import { runVmCheck, type VmCheck } from '../vms/run-vm-check.ts';
import { type SampledThing, type VmList, vmListSchema } from '../vms/sampled-thing.ts';
import { watchVms } from '../vms/watch-vms.ts';

const optionsSchema = z.object({
  uri: z.array(z.string().min(1, 'a libvirt, for instance qemu:///system')).optional(),
  registry: z.string().min(1, 'a file').optional(),
});
const watchSchema = optionsSchema.extend({
  to: z.url({ protocol: /^https?$/, error: 'an address such as http://192.168.122.1:8080' }).optional(),
  tokenFile: z.string().min(1, 'a file').optional(),
});

/** `vms list`: as the bridge saw them last. */
const list: Command = {
  name: 'list',
  summary: 'virtual machines as they were seen last',
  examples: ['monitor vms list', 'monitor vms list --json'],
  async run(_input, context) {
    const bridge = await connectToBridge(context);
    const data = await bridge.get('Cannot list virtual machines', '/v1/vms', {}, vmListSchema);
    for (const { name, problem, silent } of data.samplers) {
      if (problem !== null) context.output.warn(problem);
      else if (silent) context.output.warn(`nothing was heard of ${name} lately: is the host part running?`);
    }
    const hint =
      data.samplers.length === 0
        ? 'No virtual machines. Name a libvirt in settings.yaml: vms: {uris: ["qemu:///system"]}, then monitor up'
        : 'No virtual machine was seen.';
    return { data, text: data.vms.length === 0 ? hint : renderVms(data.vms.map(listedRow)) };
  },
};

/** `vms check`: one round now, stored nowhere. */
const check: Command = {
  name: 'check',
  summary: 'look at all of them now, and say what is wrong',
  examples: ['monitor vms check', 'monitor vms check --uri qemu+ssh://me@hypervisor/system'],
  declare: declareSources,
  async run({ options }, context) {
    const result = await checkVms(options, context);
    const things = result.rounds.flatMap((round) => round.things);
    const issues = [
      ...problemsOf(result),
      // Who names a libvirt asks about that one alone.
      ...(readOptions(optionsSchema, options).uri === undefined ? lostOf(result) : []),
      ...things.flatMap(({ name, issues }) => issues.map((issue) => printable(`${name}: ${issue}`))),
    ];
    const failure =
      issues.length === 0
        ? null
        : new CliError(
            'DEGRADED',
            issues.length === 1 ? '1 thing is wrong' : `${issues.length} things are wrong`,
            {
              details: issues,
            },
          );
    return {
      data: result,
      text: things.length === 0 ? 'No virtual machines.' : renderVms(things.map(sampledRow)),
      failure,
    };
  },
};

/** `vms discover`: what is there and not registered, as entries to copy. */
const discover: Command = {
  name: 'discover',
  summary: 'propose entries for domains that are not registered',
  examples: ['monitor vms discover --uri qemu:///system'],
  declare: declareSources,
  async run({ options }, context) {
    const result = await checkVms(options, context);
    const problems = problemsOf(result);
    const things = result.rounds.flatMap((round) => round.things);
    if (problems.length > 0 && things.length === 0) {
      throw new CliError('DEGRADED', 'Cannot look for domains: no libvirt tells of any', {
        details: problems,
      });
    }
    for (const problem of problems) context.output.warn(problem);
    const proposed = things
      .filter(({ registered }) => !registered)
      .map(({ name, id }) => ({ name: name.replace(/\s*\[.*\]$/, ''), domain: id, project: 'unassigned' }));
    const lines = proposed.map((entry) => `    - ${JSON.stringify(entry)}`);
    return {
      data: { proposed },
      text:
        proposed.length === 0
          ? 'Every domain is registered.'
          : `For settings.yaml; add "ssh: user@address", "gateway_port" and "services" where they are to be looked into:\nvms:\n  instances:\n${lines.join('\n')}`,
    };
  },
};

/** `vms watch`: the sampler alone, on another machine than the bridge. */
const watch: Command = {
  name: 'watch',
  summary: 'sample this machine for a bridge elsewhere, until it is stopped',
  examples: ['monitor vms watch --to http://192.168.122.1:8080 --token-file token'],
  declare(commander) {
    declareSources(commander);
    commander
      .option('--to <url>', 'ingest port of the bridge; the one that runs here unless told')
      .option('--token-file <file>', 'file with a token that may send');
  },
  async run({ options }, context) {
    const { to, tokenFile, ...sources } = readOptions(watchSchema, options);
    await watchVms({ ...(await sourcesOf(sources, context)), to, tokenFile }, context);
    return { data: undefined, text: null };
  },
};

/** `monitor vms`. */
export const command: Command = {
  name: 'vms',
  summary: 'virtual machines: list, check, discover, watch',
  examples: ['monitor vms list', 'monitor vms check --json', 'monitor vms discover --uri qemu:///system'],
  subcommands: [list, check, discover, watch],
};

function declareSources(commander: Parameters<NonNullable<Command['declare']>>[0]): void {
  commander
    .option('--uri <uri...>', 'libvirt to ask; as settings say unless told')
    .option('--registry <file>', 'registry of instances; as settings say unless told');
}

async function sourcesOf(options: z.infer<typeof optionsSchema>, context: CommandContext) {
  const { vms } = (await context.loadSettings()).settings;
  const uris = options.uri ?? vms.uris;
  if (uris.length === 0) {
    throw new CliError('USAGE', 'Cannot look at virtual machines: no libvirt is named', {
      fix: ['monitor vms check --uri qemu:///system', 'vms: {uris: ["qemu:///system"]} in settings.yaml'],
    });
  }
  const registry = options.registry ?? vms.registry;
  // Without one there is mostly none; who names one means it.
  if (options.registry !== undefined && !existsSync(resolve(context.cwd, options.registry))) {
    throw new CliError(
      'USAGE',
      `Cannot look at virtual machines: there is no registry "${options.registry}"`,
      {
        fix: ['name a file that exists, or leave out --registry'],
      },
    );
  }
  return {
    bridgeProgram: context.packageFiles.bridgeProgram,
    uris,
    registry: registry === null ? null : expandHome(registry, context.paths.userHome),
    instances: vms.instances,
    env: context.env,
    intervalMs: vms.interval.ms,
  };
}

async function checkVms(options: unknown, context: CommandContext): Promise<VmCheck> {
  return runVmCheck(await sourcesOf(readOptions(optionsSchema, options), context));
}

function problemsOf({ rounds, problems }: VmCheck): string[] {
  return [...problems, ...rounds.flatMap(({ problem }) => (problem === null ? [] : [problem]))];
}

/** Registered instances that no libvirt has a domain of, where all of them answered. */
function lostOf({ rounds, instances }: VmCheck): string[] {
  if (rounds.some(({ problem }) => problem !== null)) return [];
  const found = new Set(
    rounds.flatMap(({ things }) => things.filter((thing) => thing.registered)).map(({ name }) => name),
  );
  return instances
    .filter(({ name, uri }) => uri === null && !found.has(name))
    .map(({ name, domain }) => printable(`${name}: no libvirt that was asked has a domain "${domain}"`));
}

function listedRow(vm: VmList['vms'][number]): VmRow {
  const { figures, facts } = vm;
  return {
    ...vm,
    cpuShare: figures.cpu_utilization ?? null,
    memoryBytes: figures.memory_bytes ?? null,
    gateway: typeof facts.gateway === 'string' ? facts.gateway : null,
  };
}

function sampledRow(thing: SampledThing): VmRow {
  const value = (name: string): number | null =>
    thing.metrics.find(({ metric }) => metric === name)?.value ?? null;
  return {
    ...thing,
    cpuShare: value('libvirt.domain.cpu.utilization'),
    memoryBytes: value('libvirt.domain.memory.balloon'),
    gateway: typeof thing.facts.gateway === 'string' ? thing.facts.gateway : null,
  };
}
