/** `::ffff:127.0.0.1` -> `127.0.0.1`: how IPv4 peers look on a socket for both families. A zone (`%eth0`) goes. */
export function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return mapped ?? address.replace(/%.*$/, '');
}
