import { spawn } from 'node:child_process';
import * as z from 'zod';
import { localAddress } from '../bridge-api/local-address.ts';
import type { Command } from '../command.ts';
import { CliError } from '../errors.ts';
import { readInstallation } from '../stack/installation.ts';
import { mintToken } from '../tokens/mint-token.ts';
import { readTokenSecret } from '../tokens/token-secret.ts';

const TARGETS = ['ui', 'grafana', 'jaeger', 'session'] as const;

const optionsSchema = z.object({ print: z.boolean().default(false) });

/** `monitor open`: the pages to look at. */
export const command: Command = {
  name: 'open',
  summary: 'open the page, Grafana, Jaeger or one session',
  examples: ['monitor open', 'monitor open grafana', 'monitor open session 9ca1a4bd --print'],
  declare(commander) {
    commander
      .argument('[what]', `${TARGETS.slice(0, 3).join(', ')} or session`, 'ui')
      .argument('[id]', 'id of the session')
      .option('--print', 'print the address and open nothing');
  },
  async run({ args: [what = 'ui', id], options }, context) {
    const { print } = optionsSchema.parse(options);
    const target = z.enum(TARGETS).safeParse(what);
    if (!target.success) {
      throw new CliError('USAGE', `Cannot open "${what}": wanted ${TARGETS.join(', ')}`);
    }
    if ((target.data === 'session') !== (id !== undefined)) {
      throw new CliError(
        'USAGE',
        id === undefined ? 'Cannot open a session: its id is missing' : `"${id}" is one word too many`,
      );
    }
    const installation = await readInstallation(context.paths);
    if (installation === null) {
      throw new CliError('NOT_RUNNING', 'Cannot open anything: nothing is set up yet', {
        fix: ['monitor up'],
      });
    }
    const { settings } = await context.loadSettings();
    const baseUrl = (port: number): string => `http://${localAddress(settings.listen[0])}:${port}`;
    let url: string;
    if (target.data === 'grafana' || target.data === 'jaeger') {
      if (installation.runtime === 'embedded') {
        throw new CliError('FAILED', `Cannot open ${target.data}: the embedded runtime has none`, {
          fix: ['monitor open ui'],
        });
      }
      if (!settings.parts[target.data]) {
        throw new CliError(
          'FAILED',
          `Cannot open ${target.data}: it is left out by "parts:" in settings.yaml`,
        );
      }
      url = baseUrl(settings.ports[target.data]);
    } else {
      const path = id === undefined ? '/' : `/sessions/${encodeURIComponent(id)}`;
      const needsToken = installation.runtime === 'docker' || settings.tokens === 'always';
      const secret = needsToken ? await readTokenSecret(context.paths.tokenSecretFile) : null;
      url = `${baseUrl(settings.ports.ui)}${secret === null ? path : signIn(secret, path)}`;
    }
    if (!print) await openInBrowser(url);
    return { data: { what: target.data, url }, text: url };
  },
};

/** The page keeps the token as a cookie and goes on to the path. */
function signIn(secret: string, path: string): string {
  return `/login?${new URLSearchParams({ token: mintToken(secret, { scope: 'query' }), next: path })}`;
}

/** Programs that open an address in the user's browser. */
const OPENERS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};

/** Opens the address, or does nothing where the machine has no such program: the address is printed in any case. */
function openInBrowser(url: string): Promise<void> {
  const [program, ...args] = OPENERS[process.platform] ?? ['xdg-open'];
  return new Promise((resolve) => {
    const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true });
    child.once('error', () => resolve());
    child.once('spawn', () => {
      child.unref();
      resolve();
    });
  });
}
