import { TOKEN_HEADER } from '../agents/token-header.ts';
import type { HookTarget } from './hook-kind.ts';
import { quoteCommand } from './quote-command.ts';

/** Headers that say where a hook fired; values are percent-encoded, since names may hold anything. */
export function hookHeaders({ host, project, agent, token }: HookTarget): Record<string, string> {
  return {
    'x-agent-monitor-host': encodeURIComponent(host),
    ...(project === null ? {} : { 'x-agent-monitor-project': encodeURIComponent(project) }),
    ...(agent === null ? {} : { 'x-agent-monitor-agent': encodeURIComponent(agent) }),
    ...(token === null ? {} : { [TOKEN_HEADER]: token }),
  };
}

/**
 * A hook as a command line where no file of ours can be: curl, which images of agents have. It fails at nothing, and says
 * nothing but a verdict.
 */
export function curlHook(target: HookTarget, agent: string): string {
  const headers = Object.entries(hookHeaders(target)).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const words = [
    'curl',
    '-sf',
    '-m',
    '1',
    ...headers,
    '-H',
    'content-type: application/json',
    '--data-binary',
    '@-',
  ];
  return `${quoteCommand([...words, `${target.url}/v1/hooks/${agent}`])} || true`;
}
