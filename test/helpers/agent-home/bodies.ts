import { createRandom } from '../seeded-random.ts';

/** Lines as programs and tools write them. */
const LINES = [
  '  const result = await store.readSession(sessionId, { limit: 50, order: "newest" });',
  'export function toUsage(rows: readonly UsageRow[]): UsageTotal {',
  '    if (row.kind !== "api" || row.model === undefined) continue;',
  ' FAIL  test/journal/append.test.ts > append() > refuses a batch that is too large',
  'AssertionError: expected 3 to be 4 // Object.is equality',
  'src/delivery/exporter.ts:118:\t\tthrow new Error("Cannot send records: the sink is closed");',
  '[main 4f2c1a9] fix(store): keep events when the disk is full\u001b[0m',
  ' 14 files changed, 203 insertions(+), 87 deletions(-)',
  '{"level":30,"time":1795270160032,"msg":"ready","port":8080,"path":"/var/lib/agent/journal.db"}',
  '<tr><td class="name">größte Datei</td><td>1,204 KB — geändert am 3. März</td></tr>',
  '',
  '- [ ] find out why the second import takes longer than the first one',
];

/** Texts of chosen sizes, ready to stand between quotes of a JSON document; the same ones for the same seed. */
export interface Bodies {
  /** About so many bytes; less than 100 more. */
  text(bytes: number): string;
  /** A size as bodies have it: most are small, a few are hundreds of times larger. @param typical the median, bytes */
  size(typical: number): number;
  /** Base 64, as signatures and encrypted reasoning are. */
  code(bytes: number): string;
}

const CODE = 'q7Zk3xW0dVn9RbT4mYcLsPpA2uJfHgE8iO5w1N6QeXzKvBtMlCjDyFhGrSaUIo'.repeat(4096);

/** @param seed for the same texts again */
export function createBodies(seed: number): Bodies {
  const random = createRandom(seed);
  const pool = Array.from({ length: 40_000 }, () => {
    const line = LINES[Math.floor(random() * LINES.length)] ?? '';
    return JSON.stringify(`${line} ${Math.floor(random() * 1e6)}\n`).slice(1, -1);
  });
  const MAX_BYTES = 600_000;
  return {
    text(bytes) {
      let at = Math.floor(random() * pool.length);
      let text = '';
      while (text.length < bytes) text += pool[at++ % pool.length];
      return text;
    },
    size(typical) {
      // Log-normal: the mean is about three times the median.
      const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
      return Math.min(MAX_BYTES, Math.max(8, Math.round(typical * Math.exp(1.5 * normal))));
    },
    code(bytes) {
      const from = Math.floor(random() * 1000);
      return CODE.slice(from, from + bytes);
    },
  };
}
