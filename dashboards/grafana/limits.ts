import type { Limits } from './graph-panels.ts';

/** Of the context window: agents compact at about nine tenths. */
export const CONTEXT_LIMITS: Limits = { near: 0.7, at: 0.9 };

/** Of CPU, memory and disks. */
export const MACHINE_LIMITS: Limits = { near: 0.8, at: 0.95 };

/** Tokens of a prompt: most windows hold 200,000. */
export const PROMPT_LIMITS: Limits = { near: 140_000, at: 180_000 };

/** Of a budget. */
export const BUDGET_LIMITS: Limits = { near: 0.8, at: 1 };
