/** A sampler that missed so many rounds is silent: what it saw last is no longer so. */
const SILENT_ROUNDS = 3;

/** Whether nothing was heard of a sampler for too long. @param heardMs when it was heard of last, unix ms */
export function isSilent(heardMs: number, intervalMs: number, nowMs: number): boolean {
  return nowMs - heardMs > SILENT_ROUNDS * intervalMs;
}

/** A sampler that is silent for so long, ms, is no more: settings name its libvirt no longer, or its machine is gone. */
export const FORGOTTEN_AFTER_MS = 86_400_000;
