import { mapPluginHook, PLUGIN_HOOKS } from './map-plugin-hook.ts';
import { readOpenClawConfig } from './openclaw-config.ts';
import { createOpenClawSender } from './openclaw-sender.ts';
import { toldOf } from './told.ts';

/* OpenClaw's plugin: bundled to index.js beside openclaw.plugin.json. It sees what the hook folder cannot. */

/** The part of OpenClaw's plugin API that is used here. */
interface PluginApi {
  on(name: string, handler: (event: unknown, context: unknown) => void): void;
}

export default {
  id: 'agent-monitor',
  name: 'agent-monitor',
  description: 'Tells agent-monitor of sessions, tools, model calls and sub-agents',
  register(api: PluginApi): void {
    const config = readOpenClawConfig(new URL('./config.json', import.meta.url), process.env);
    let complained = false;
    const sender = createOpenClawSender(config, (error) => {
      if (!complained) process.emitWarning(`agent-monitor: ${error.message}`);
      complained = true;
    });
    for (const name of PLUGIN_HOOKS) {
      api.on(name, (event, context) => {
        sender.tell(mapPluginHook(name, toldOf(event), toldOf(context)), Date.now());
      });
    }
  },
};
