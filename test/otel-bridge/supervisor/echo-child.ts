import { createHostPolicy } from '../../../otel-bridge/sources/http/host-policy.ts';
import { createSourceServer } from '../../../otel-bridge/sources/http/source-server.ts';
import { receiveConnections } from '../../../otel-bridge/supervisor/receive-connections.ts';

/**
 * A child of the supervisor that answers every post with the length of its body and its own pid.
 * `exit CODE` as arguments: it ends with that code at once. `slow`: it answers after 500 ms.
 */
const [mode, code] = process.argv.slice(2);
if (mode === 'exit') process.exit(Number(code));

const server = createSourceServer({
  hosts: createHostPolicy(['127.0.0.1']),
  log: { error: () => undefined },
  routes: {
    '/': {
      POST: (request, response) => {
        let length = 0;
        request.on('data', (chunk: Buffer) => {
          length += chunk.length;
        });
        request.on('end', () => {
          const answer = (): unknown => response.end(JSON.stringify({ length, pid: process.pid }));
          setTimeout(answer, mode === 'slow' ? 500 : 0);
        });
      },
    },
  },
});
const receiver = receiveConnections(
  (_port, socket) => server.emit('connection', socket),
  () => process.exit(0),
);
process.on('SIGTERM', () => {
  // Without a listening socket of its own the server is closed when its connections are.
  server.closeIdleConnections();
  setTimeout(() => process.exit(0), mode === 'slow' ? 1000 : 0);
});
setTimeout(() => receiver.ready(), 300);
