import type { IncomingMessage } from 'node:http';

/** What a request carries; null where its sender went away before the end, killed by a test for instance. */
export async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') return null;
    throw error;
  }
  return Buffer.concat(chunks);
}
