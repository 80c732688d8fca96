import { CliError } from '../errors.ts';
import { tryListen } from './try-listen.ts';

const LAST_PORT = 65_535;

/** The first port from `start` on that every address can listen on and that is not in `reserved`. */
export async function findFreePort(
  start: number,
  addresses: readonly string[],
  reserved: ReadonlySet<number>,
): Promise<number> {
  for (let port = start; port <= LAST_PORT; port += 1) {
    if (!reserved.has(port) && (await isFree(port, addresses))) return port;
  }
  throw new CliError('PORT_IN_USE', `Cannot find a free port from ${start} on`);
}

/** The same ports, each taken one replaced by the next that is free and that no other of them has. */
export async function findFreePorts<Name extends string>(
  ports: Readonly<Record<Name, number>>,
  addresses: readonly string[],
): Promise<Record<Name, number>> {
  const chosen: Record<Name, number> = { ...ports };
  const names = Object.keys(ports) as Name[];
  for (const name of names) {
    const others = new Set(names.filter((other) => other !== name).map((other) => chosen[other]));
    chosen[name] = await findFreePort(ports[name], addresses, others);
  }
  return chosen;
}

async function isFree(port: number, addresses: readonly string[]): Promise<boolean> {
  for (const address of addresses) {
    if ((await tryListen(address, port)) !== 'free') return false;
  }
  return true;
}
