import type { Benchmark } from '../benchmark.ts';
import { batch } from './batch.ts';
import { command } from './command.ts';
import { disk } from './disk.ts';
import { drain } from './drain.ts';
import { hooks } from './hooks.ts';
import { large } from './large.ts';
import { latency } from './latency.ts';
import { memory } from './memory.ts';
import { native } from './native.ts';
import { otlp } from './otlp.ts';
import { otlpSmall } from './otlp-small.ts';
import { single } from './single.ts';
import { syncs } from './syncs.ts';
import { transcripts } from './transcripts.ts';
import { vms } from './vms.ts';

/** All benchmarks in the order in which they run. */
export const BENCHMARKS: readonly Benchmark[] = [
  single,
  batch,
  otlp,
  otlpSmall,
  latency,
  hooks,
  drain,
  memory,
  large,
  disk,
  syncs,
  native,
  transcripts,
  command,
  vms,
];
