/**
 * The address at which this machine reaches something that listens on `address`: the wildcard addresses are
 * reached by loopback. IPv6 addresses come in brackets, as URLs want them.
 */
export function localAddress(address: string | undefined): string {
  if (address === undefined || address === '0.0.0.0') return '127.0.0.1';
  if (address === '::') return '[::1]';
  return address.includes(':') ? `[${address}]` : address;
}
