/** True where a buffer holds, from `start` on, the bytes that a text stands for: a letter for each. */
export function equalsBytes(text: string, buffer: Buffer, start: number, length: number): boolean {
  if (text.length !== length) return false;
  for (let at = 0; at < length; at += 1) if (text.charCodeAt(at) !== buffer[start + at]) return false;
  return true;
}
