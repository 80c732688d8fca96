import type { Benchmark } from '../benchmark.ts';
import { batch } from './batch.ts';
import { latency } from './latency.ts';
import { otlp } from './otlp.ts';
import { otlpSmall } from './otlp-small.ts';
import { single } from './single.ts';

/** All benchmarks in the order in which they run. */
export const BENCHMARKS: readonly Benchmark[] = [single, batch, otlp, otlpSmall, latency];
