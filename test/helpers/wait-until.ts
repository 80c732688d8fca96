import { setTimeout as sleep } from 'node:timers/promises';

/** Reads again and again until what is read is as wanted, and answers it. @throws Error after `timeoutMs`. */
export async function waitUntil<T>(
  read: () => T | Promise<T>,
  isWanted: (value: T) => boolean,
  timeoutMs = 60_000,
): Promise<T> {
  const endMs = Date.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (isWanted(value)) return value;
    if (Date.now() > endMs) {
      throw new Error(`Waited ${timeoutMs} ms in vain; at last: ${JSON.stringify(value)?.slice(0, 2000)}`);
    }
    await sleep(20);
  }
}
