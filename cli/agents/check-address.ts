import { isIP } from 'node:net';
import { CliError } from '../errors.ts';

const NAME = /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/i;

/**
 * Makes sure that what an agent is told to send to is an address, and no URL or typing error that would be found out only
 * when nothing arrives.
 * @throws CliError USAGE
 */
export function checkAddress(flag: string, address: string | undefined): void {
  if (address === undefined || isIP(address) !== 0 || NAME.test(address)) return;
  throw new CliError(
    'USAGE',
    `${flag} is "${address}", wanted a name or an IP address without a port, such as 192.168.122.1`,
  );
}
