import type Docker from 'dockerode';
import { CliError } from '../errors.ts';
import type { Output } from '../output/output.ts';
import type { UpPlan } from '../runtime.ts';
import type { ComposeClient } from './compose-client.ts';

/** What `ensureImages` works on. */
export interface EnsureImagesOptions {
  readonly client: Docker;
  readonly compose: ComposeClient;
  /** Image by service, of the services that will start. */
  readonly images: ReadonlyMap<string, string>;
  readonly pull: UpPlan['pull'];
  readonly profiles: readonly string[];
  readonly output: Output;
}

/**
 * Makes sure that every image is there, pulling what is missing.
 * @throws CliError IMAGE_MISSING naming each image and what can be done
 */
export async function ensureImages(options: EnsureImagesOptions): Promise<void> {
  const { images, pull, output } = options;
  const missing: string[] = [];
  for (const [service, image] of images) {
    if (pull === 'always' || !(await isThere(options.client, image))) missing.push(service);
  }
  if (missing.length === 0) return;
  const list = missing.map((service) => `${service}: ${images.get(service) ?? ''}`);
  if (pull === 'never') throw imageMissing('they are not on this machine and --pull is never', list, []);
  output.info(`pulling ${missing.length} images: ${missing.join(', ')}`);
  try {
    await options.compose.run(['pull', ...missing], { profiles: options.profiles });
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== 'PART_FAILED') throw error;
    throw imageMissing(error.message.replace(/^Cannot run docker compose pull: /, ''), list, error.details);
  }
}

async function isThere(client: Docker, image: string): Promise<boolean> {
  try {
    await client.getImage(image).inspect();
    return true;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return false;
    throw error;
  }
}

function imageMissing(reason: string, list: readonly string[], said: readonly string[]): CliError {
  return new CliError('IMAGE_MISSING', `Cannot pull images: ${reason}`, {
    details: [...list, ...said],
    fix: [
      'set "registry_mirror:" in settings.yaml to a registry that this machine reaches',
      'or name images that are there in "images:", for instance {loki: "registry.example.com/loki:3.7.8"}',
      'or leave a service out with "parts:"',
      'monitor init --runtime embedded needs no images',
    ],
  });
}
