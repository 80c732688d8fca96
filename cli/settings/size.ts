/** An amount of storage as settings write it. */
export interface Size {
  readonly bytes: number;
  /** As written, `10GB`. */
  readonly text: string;
}

/** Bytes per unit: decimal units with B, binary ones with iB (IEC 80000-13). */
const UNIT_BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
};

/** What to tell who wrote something else. */
export const SIZE_FORM = 'a size such as 500MB, 10GB or 2GiB';

/** Reads `10GB`, `1.5GiB`, `512 MB`; null where the text is none. */
export function parseSize(text: string): Size | null {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*([KMGT]?i?B)$/i.exec(text.trim()) ?? [];
  const bytes = Math.round(Number(amount) * (UNIT_BYTES[unit?.toUpperCase() ?? ''] ?? Number.NaN));
  return bytes > 0 && Number.isSafeInteger(bytes) ? { bytes, text: text.trim() } : null;
}
