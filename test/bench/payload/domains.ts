import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const RECORDED = join(import.meta.dirname, '../../fixtures/virsh/qemu-domstats-raw-all.txt');

/** What `virsh domstats --raw` says of so many running domains: one that was recorded, with names and counters of its own. */
export function domstatsOf(count: number): string {
  const [recorded = ''] = readFileSync(RECORDED, 'utf8').split('\n\n');
  const [, ...lines] = recorded.split('\n');
  return Array.from({ length: count }, (_, index) => {
    const moved = lines.map((line) =>
      line.replace(/=(\d{7,})$/, (_all, value) => `=${Number(value) + index}`),
    );
    return `Domain: '${nameOf(index)}'\n${moved.join('\n')}\n\n`;
  }).join('');
}

/** Name of a domain. */
export function nameOf(index: number): string {
  return `vm-${index} [bench]`;
}

/** Puts a `virsh` into a folder that says so. @returns the folder, for PATH */
export function writeVirsh(folder: string, count: number): string {
  const bin = join(folder, `virsh-${count}`);
  mkdirSync(bin, { recursive: true });
  const stats = join(bin, 'domstats.txt');
  const list = join(bin, 'list.txt');
  writeFileSync(stats, domstatsOf(count));
  const lines = Array.from(
    { length: count },
    (_, index) =>
      `00000000-0000-0000-0000-${String(index).padStart(12, '0')} ${index + 1} ${nameOf(index)}\n`,
  );
  writeFileSync(list, lines.join(''));
  writeFileSync(
    join(bin, 'virsh'),
    // They are asked for at once.
    `#!/bin/sh\nexec cat '${list}' '${stats}' '${list}'\n`,
  );
  chmodSync(join(bin, 'virsh'), 0o755);
  return bin;
}
