import { mkdirSync, rmdirSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Below those that Linux gives to outgoing connections and to servers that ask for any port. */
const FIRST_PORT = 15_000;
const LAST_PORT = 32_000;
/** A folder a port: who makes it has the port. */
const CLAIMS = join(tmpdir(), 'agent-monitor-test-ports');
/** No test needs a port for longer. */
const CLAIM_MS = 60 * 60_000;

/**
 * That many ports that nobody listens on, and that no other test on the machine gets: those that run beside this one may be
 * slow to listen on theirs.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    // Not one after the other: Docker tells such as a range.
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
    if (claim(port) && (await isFree(port))) ports.push(port);
  }
  return ports;
}

/** True where nobody has the port; from then on this process has it. */
function claim(port: number): boolean {
  const path = join(CLAIMS, String(port));
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      mkdirSync(CLAIMS, { recursive: true });
      return claim(port);
    }
    if (code !== 'EEXIST') throw error;
    if (Date.now() - statSync(path).mtimeMs > CLAIM_MS) rmdirSync(path);
    return false;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
