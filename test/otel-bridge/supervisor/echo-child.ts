import { createServer } from 'node:http';
import { receiveConnections } from '../../../otel-bridge/supervisor/receive-connections.ts';

/** A child of the supervisor that answers every post with the length of its body and its own pid. */
const server = createServer((request, response) => {
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
  });
  request.on('end', () => {
    response.end(JSON.stringify({ length, pid: process.pid }));
  });
});
const receiver = receiveConnections(
  (_port, socket) => {
    server.emit('connection', socket);
    socket.resume();
  },
  () => process.exit(0),
);
process.on('SIGTERM', () => process.exit(0));
setTimeout(() => receiver.ready(), 300);
