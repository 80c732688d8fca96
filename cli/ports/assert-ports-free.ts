import { CliError } from '../errors.ts';
import { findFreePort } from './find-free-ports.ts';
import { findPortOwner } from './port-owner.ts';
import { tryListen } from './try-listen.ts';

/** Options of `assertPortsFree`. */
export interface AssertPortsFreeOptions {
  /** Who uses a port, where this knows more than the process table does: `container web`. */
  describeOwner?(port: number): string | null;
  /** Ports that are spoken for, so that none of them is proposed. */
  readonly reserved?: Iterable<number>;
}

/**
 * Checks that ports can be listened on.
 * @param ports by their name in settings
 * @param addresses the ones of `listen`
 * @throws CliError PORT_IN_USE naming the owner of each, SETTINGS_INVALID for an address or a port that cannot be had
 */
export async function assertPortsFree(
  ports: Readonly<Record<string, number>>,
  addresses: readonly string[],
  options: AssertPortsFreeOptions = {},
): Promise<void> {
  const taken: { readonly name: string; readonly port: number; readonly owner: string }[] = [];
  for (const [name, port] of Object.entries(ports)) {
    for (const address of addresses) {
      const result = await tryListen(address, port);
      if (result === 'free') continue;
      if (result === 'unavailable') {
        const message = `Cannot listen on "${address}": it is no address of this machine`;
        throw new CliError('SETTINGS_INVALID', message, { fix: ['correct "listen:" in settings.yaml'] });
      }
      if (result === 'forbidden') {
        const message = `Cannot listen on port ${port} for ${name}: this user may not use it`;
        throw new CliError('SETTINGS_INVALID', message, { fix: [`choose ports.${name} above 1023`] });
      }
      taken.push({ name, port, owner: options.describeOwner?.(port) ?? (await ownerText(port)) });
      break;
    }
  }
  const [first] = taken;
  if (first === undefined) return;
  const free = await findFreePort(
    first.port + 1,
    addresses,
    new Set([...Object.values(ports), ...(options.reserved ?? [])]),
  );
  const describe = ({ name, port, owner }: (typeof taken)[number]): string =>
    `Cannot start ${name}: port ${port} is used by ${owner}`;
  throw new CliError('PORT_IN_USE', describe(first), {
    details: taken.slice(1).map(describe),
    fix: [`monitor up --port ${first.name}=${free}`, 'monitor init --ports auto'],
    data: { ports: taken },
  });
}

async function ownerText(port: number): Promise<string> {
  const owner = await findPortOwner(port);
  return owner === null ? 'a process that this user cannot see' : `${owner.command} (pid ${owner.pid})`;
}
