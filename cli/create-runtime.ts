import type { Runtime, RuntimeName, RuntimeOptions } from './runtime.ts';

/** The runtime of a name; its code is loaded only then. */
export async function createRuntime(name: RuntimeName, options: RuntimeOptions): Promise<Runtime> {
  if (name === 'docker') {
    const { createDockerRuntime } = await import('./docker/docker-runtime.ts');
    return createDockerRuntime(options);
  }
  const { createEmbeddedRuntime } = await import('./embedded/embedded-runtime.ts');
  return createEmbeddedRuntime(options);
}
