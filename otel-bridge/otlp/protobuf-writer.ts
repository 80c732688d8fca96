/** Bytes at first; it doubles as needed. */
const FIRST_BYTES = 65_536;
/** A larger buffer is not kept for the next writer. */
const MAX_SPARE_BYTES = 1024 * 1024;
/** Texts up to this length take at most 127 bytes: their length takes one. */
const SHORT_LENGTH = 42;
/** Copying so few letters one by one is quicker than a call. */
const LOOP_LENGTH = 24;
const MAX_VARINT_BYTES = 10;

/** The buffer of the last writer that was finished, for the next one. */
let spare: Buffer | null = null;

/**
 * Writes protobuf's wire format into one growing buffer. protobufjs' own writer makes an object for each value and a
 * second pass over all of them, which costs three times as much and leaves the garbage behind.
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export class ProtobufWriter {
  #buffer: Buffer;
  #at = 0;

  constructor() {
    this.#buffer = spare ?? Buffer.allocUnsafe(FIRST_BYTES);
    spare = null;
  }

  /** An unsigned varint of up to 32 bits. */
  uint32(value: number): void {
    this.#reserve(MAX_VARINT_BYTES);
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.#buffer[this.#at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#buffer[this.#at++] = rest;
  }

  /** A varint of 64 bits, given as its two unsigned halves. */
  varint64({ low, high }: { readonly low: number; readonly high: number }): void {
    this.#reserve(MAX_VARINT_BYTES);
    let [restLow, restHigh] = [low >>> 0, high >>> 0];
    while (restHigh > 0 || restLow > 0x7f) {
      this.#buffer[this.#at++] = (restLow & 0x7f) | 0x80;
      restLow = ((restLow >>> 7) | (restHigh << 25)) >>> 0;
      restHigh >>>= 7;
    }
    this.#buffer[this.#at++] = restLow;
  }

  /** A signed varint, as enums are written: negative values take ten bytes. */
  int32(value: number): void {
    this.varint64({ low: value >>> 0, high: value < 0 ? 0xffffffff : 0 });
  }

  /** A zigzag varint. */
  sint32(value: number): void {
    this.uint32((value << 1) ^ (value >> 31));
  }

  bool(value: boolean): void {
    this.uint32(value ? 1 : 0);
  }

  fixed32(value: number): void {
    this.#reserve(4);
    this.#at = this.#buffer.writeUInt32LE(value >>> 0, this.#at);
  }

  double(value: number): void {
    this.#reserve(8);
    this.#at = this.#buffer.writeDoubleLE(value, this.#at);
  }

  /** A few bytes with their length, given as a letter for each. */
  wire(bytes: string): void {
    this.uint32(bytes.length);
    this.#reserve(bytes.length);
    for (let index = 0; index < bytes.length; index += 1) {
      this.#buffer[this.#at + index] = bytes.charCodeAt(index);
    }
    this.#at += bytes.length;
  }

  bytes(value: Uint8Array): void {
    this.uint32(value.length);
    this.#reserve(value.length);
    this.#buffer.set(value, this.#at);
    this.#at += value.length;
  }

  /** A text with its length. It must be well formed. */
  string(text: string): void {
    if (text.length > SHORT_LENGTH) {
      const sizeBytes = Buffer.byteLength(text);
      this.uint32(sizeBytes);
      this.#reserve(sizeBytes);
      this.#at += this.#buffer.write(text, this.#at);
      return;
    }
    this.#reserve(1 + 3 * SHORT_LENGTH);
    const lengthAt = this.#at++;
    if (text.length > LOOP_LENGTH || !this.#ascii(text)) this.#at += this.#buffer.write(text, this.#at);
    this.#buffer[lengthAt] = this.#at - lengthAt - 1;
  }

  /** Begins a message or a packed list inside. @returns what `end` needs */
  begin(): number {
    this.#reserve(1);
    return this.#at++;
  }

  /** Ends what was begun there: writes its length before it. */
  end(beginning: number): void {
    const contentAt = beginning + 1;
    const sizeBytes = this.#at - contentAt;
    const extraBytes = varintBytes(sizeBytes) - 1;
    if (extraBytes > 0) {
      this.#reserve(extraBytes);
      this.#buffer.copyWithin(contentAt + extraBytes, contentAt, this.#at);
    }
    this.#at = beginning;
    this.uint32(sizeBytes);
    this.#at += sizeBytes;
  }

  /** Everything that was written, in memory of its own: what is passed to another thread is no larger. The writer is done with. */
  finish(): Uint8Array {
    const written = Buffer.allocUnsafeSlow(this.#at);
    this.#buffer.copy(written, 0, 0, this.#at);
    if (this.#buffer.length <= MAX_SPARE_BYTES) spare = this.#buffer;
    this.#buffer = written;
    return written;
  }

  /** Writes letters of ASCII. @returns false, with nothing written, where there are others */
  #ascii(text: string): boolean {
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return false;
      this.#buffer[this.#at + index] = code;
    }
    this.#at += text.length;
    return true;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#buffer.length, this.#at + bytes));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes += 1;
  return bytes;
}
