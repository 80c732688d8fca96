/**
 * How Node runs the sampler of virtual machines alone: it makes much garbage at once and then waits, and V8 would keep room
 * for all of it (a thousand domains: 94 MiB with these, 220 MiB without).
 */
export const SAMPLER_FLAGS: readonly string[] = ['--max-semi-space-size=1', '--optimize-for-size'];
