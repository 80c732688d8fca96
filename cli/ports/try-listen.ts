import { createServer } from 'node:net';

/** What becomes of listening on a port. `unavailable`: the address is none of this machine's. */
export type ListenResult = 'free' | 'taken' | 'forbidden' | 'unavailable';

/** Tries to listen on a port and lets go of it at once. */
export function tryListen(address: string, port: number): Promise<ListenResult> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve('taken');
      else if (error.code === 'EACCES') resolve('forbidden');
      else if (error.code === 'EADDRNOTAVAIL') resolve('unavailable');
      else reject(error);
    });
    server.listen({ host: address, port, exclusive: true }, () => server.close(() => resolve('free')));
  });
}
