/** What the load generator sends (test/bench/load/template.go): bodies with places that change every time. */

/** A place in a body that the generator fills. */
interface Patch {
  readonly kind: 'token' | 'time' | 'nano';
  readonly at: number;
  readonly length: number;
  /** Which token it is; 0 where it is none. */
  readonly token: number;
}

/** One body of a template. */
interface TemplateBody {
  /** Base64. */
  readonly body: string;
  readonly items: number;
  readonly patches: readonly Patch[];
  readonly ids: readonly number[];
}

/** A cycle of bodies that each connection sends over and over, in order. */
export interface Template {
  readonly contentType: string;
  readonly bodies: readonly TemplateBody[];
}

/** A body before its places were looked for. */
export interface PlainBody {
  readonly body: Uint8Array;
  /** Events or records in it that must be taken. */
  readonly items: number;
  /** Tokens in it that are ids of events (32 digits, no dashes). */
  readonly ids?: readonly number[];
}

const TOKEN = /~(\d{6})~[~-]*/g;
/** `2026-11-21T10:00:00.000Z`, filled by the generator. */
export const TIME_TEXT = '^'.repeat(24);
/** Unix nanoseconds of a fixed64 field, filled by the generator. */
export const TIME_NANO = '1234567890123456789';
const NANO_BYTES = Buffer.alloc(8);
NANO_BYTES.writeBigUInt64LE(BigInt(TIME_NANO));

/**
 * The place of a token: hexadecimal digits that are new in every cycle, and the same wherever the number is the same.
 * @param shape how many digits, and where dashes stay between them; at least 8 digits come first.
 */
export function token(number: number, shape: 'id' | 'uuid' | number = 'id'): string {
  const head = `~${String(number).padStart(6, '0')}~`;
  if (shape === 'uuid') return `${head}-~~~~-~~~~-~~~~-${'~'.repeat(12)}`;
  return head.padEnd(shape === 'id' ? 32 : shape, '~');
}

/** Builds a template: finds the places in the bodies. */
export function toTemplate(contentType: string, bodies: readonly PlainBody[]): Template {
  return {
    contentType,
    bodies: bodies.map(({ body, items, ids = [] }) => {
      const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
      return { body: bytes.toString('base64'), items, ids, patches: findPatches(bytes) };
    }),
  };
}

function findPatches(body: Buffer): Patch[] {
  const text = body.toString('latin1');
  const patches: Patch[] = [...text.matchAll(TOKEN)].map(({ index, 0: found, 1: number }) => ({
    kind: 'token',
    at: index,
    length: found.length,
    token: Number(number),
  }));
  for (let at = text.indexOf(TIME_TEXT); at >= 0; at = text.indexOf(TIME_TEXT, at + 1)) {
    patches.push({ kind: 'time', at, length: TIME_TEXT.length, token: 0 });
  }
  for (let at = body.indexOf(NANO_BYTES); at >= 0; at = body.indexOf(NANO_BYTES, at + 1)) {
    patches.push({ kind: 'nano', at, length: 8, token: 0 });
  }
  return patches;
}
