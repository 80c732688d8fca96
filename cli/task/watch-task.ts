import * as z from 'zod';
import { connectToBridge } from '../bridge-api/connect.ts';
import type { CommandContext } from '../command.ts';

/** How often the bridge is asked, ms. */
const INTERVAL_MS = 2000;
/** Violations that are looked at: those of other tasks are among them. */
const NEWEST = '50';

const violationsSchema = z.object({
  violations: z.array(
    z.object({
      attributes: z.record(z.string(), z.unknown()),
      payload: z.looseObject({
        mode: z.string().optional(),
        list: z.boolean().optional(),
        reason: z.string().optional(),
      }),
    }),
  ),
});

/** Watches over a task while it runs. */
export interface TaskWatch extends Disposable {
  /** Aborted with the reason as text when a limit that is enforced was passed. */
  readonly signal: AbortSignal;
}

/**
 * Asks the bridge now and then whether a task is over a limit that is enforced. A bridge that is away stops nothing:
 * what it finds later is recorded.
 */
export function watchTask(taskId: string, context: CommandContext): TaskWatch {
  const controller = new AbortController();
  const ask = async (): Promise<void> => {
    const bridge = await connectToBridge(context);
    const { violations } = await bridge.get(
      'Cannot read guardrails',
      '/v1/guardrails',
      { limit: NEWEST },
      violationsSchema,
    );
    const broken = violations.find(
      ({ attributes, payload }) =>
        attributes.task_id === taskId && payload.mode === 'enforce' && payload.list === false,
    );
    if (broken !== undefined) controller.abort(`guardrail: ${broken.payload.reason ?? 'a limit was passed'}`);
  };
  const timer = setInterval(() => {
    ask().catch((error: unknown) => context.output.detail(`no word of guardrails: ${String(error)}`));
  }, INTERVAL_MS);
  return { signal: controller.signal, [Symbol.dispose]: () => clearInterval(timer) };
}
