import { CliError } from '../errors.ts';
import { assertPortsFree } from '../ports/assert-ports-free.ts';
import { type Check, type Finding, failed, ok, skipped, warning } from './check.ts';

/** Ports that the bridge itself has; the others belong to the stack behind it. */
const BRIDGE_PORTS = new Set(['ingest', 'ui', 'otlp_grpc', 'otlp_http']);

/** Whether settings.yaml and the environment say what can be done. */
export const settingsCheck: Check = {
  id: 'settings',
  async run({ context, settings }) {
    await settings();
    return ok(`"${context.paths.settingsFile}" and the environment are valid`);
  },
};

/** Whether what the chosen runtime needs is there. */
export const runtimeCheck: Check = {
  id: 'runtime',
  async run({ installation }) {
    const opened = await installation();
    if (opened === null) return warning('nothing was set up yet', 'monitor up');
    await opened.runtime.checkPrerequisites();
    return ok(`${opened.runtime.name}: ${opened.installation.reason}`);
  },
};

/** Whether the parts are well. Nothing running is no illness. */
export const partsCheck: Check = {
  id: 'parts',
  async run({ installation }) {
    const opened = await installation();
    if (opened === null) return skipped('nothing was set up yet');
    const parts = await opened.runtime.status();
    const running = parts.filter(({ state }) => state !== 'stopped');
    if (running.length === 0) return warning('nothing runs', 'monitor up');
    const unwell = running.filter(({ state }) => state === 'degraded');
    if (unwell.length === 0) return ok(`${running.length} of ${parts.length} run: ${names(running)}`);
    const found = unwell.map(({ name, note }) => `${name}: ${note ?? 'not well'}`).join('; ');
    return failed(found, ...unwell.map(({ name }) => `monitor logs ${name}`));
  },
};

/** Whether the ports are free, where nothing of ours has them. */
export const portsCheck: Check = {
  id: 'ports',
  async run({ installation, settings }) {
    const opened = await installation();
    const parts = opened === null ? [] : await opened.runtime.status();
    if (parts.some(({ state }) => state !== 'stopped')) return ok('in use by what runs');
    const { ports, listen } = await settings();
    const wanted = Object.entries(ports).filter(
      ([name]) => BRIDGE_PORTS.has(name) || opened?.runtime.name === 'docker',
    );
    await assertPortsFree(Object.fromEntries(wanted), listen);
    return ok(`${wanted.map(([, port]) => port).join(', ')} are free`);
  },
};

/** What a failure of something that a check asked for means. @throws what is no failure of the user's */
export function findingOf(error: unknown): Finding {
  if (!(error instanceof CliError) || error.code === 'BUG') throw error;
  return failed([error.message, ...error.details].join('; '), ...error.fix);
}

function names(parts: readonly { readonly name: string }[]): string {
  return parts.map(({ name }) => name).join(', ');
}
