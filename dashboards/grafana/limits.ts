import type { Limits } from './graph-panels.ts';

/** Of the context window: agents compact at about nine tenths. */
export const CONTEXT_LIMITS: Limits = { near: 0.7, at: 0.9 };

/** Of CPU, memory and disks. */
export const MACHINE_LIMITS: Limits = { near: 0.8, at: 0.95 };
