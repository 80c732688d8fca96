import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { writeFileAtomic } from './write-file-atomic.ts';

const manifestSchema = z.object({
  /** Folder that the paths are relative to. */
  dir: z.string(),
  files: z.record(
    z.string(),
    z.object({
      /** Of what was written, so that an edit shows. */
      sha256: z.string(),
      /** Version of the package that wrote it. */
      version: z.string(),
    }),
  ),
});

/** What was written where. */
export type Manifest = Readonly<z.infer<typeof manifestSchema>>;

/** Reads it. Empty where there is none, where it is damaged or about another folder: then every file counts as edited. */
export async function readManifest(file: string, dir: string): Promise<Manifest> {
  const text = await readFile(file, 'utf8').catch(() => '');
  try {
    const manifest = manifestSchema.parse(JSON.parse(text));
    if (manifest.dir === dir) return manifest;
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof z.ZodError)) throw error;
  }
  return { dir, files: {} };
}

/** Writes it down. */
export async function writeManifest(file: string, manifest: Manifest): Promise<void> {
  await writeFileAtomic(file, `${JSON.stringify(manifest, null, 2)}\n`, 0o600);
}

/** SHA-256 of a text or of bytes, hexadecimal. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
