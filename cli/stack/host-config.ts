import { join } from 'node:path';
import { localAddress } from '../bridge-api/local-address.ts';
import type { HomePaths } from '../settings/paths.ts';
import type { Settings } from '../settings/schema.ts';
import { buildHostSection, type HostFacts } from './host-section.ts';

/** host.json: what the host part beside Docker runs on, as it decodes it. */
export function buildHostConfig(settings: Settings, paths: HomePaths, facts: HostFacts) {
  const { prompts, tool_arguments, tool_output, file_paths } = settings.privacy;
  return {
    version: 1,
    ...buildHostSection(settings, facts),
    bridge_url: `http://${localAddress(settings.listen[0])}:${settings.ports.ingest}`,
    token_file: paths.hostTokenFile,
    ui_url: `http://${localAddress(settings.listen[0])}:${settings.ports.ui}`,
    query_token_file: paths.hostQueryTokenFile,
    // Beside the journal, as in the embedded runtime: what was read is gone when the journal is.
    state_file: join(paths.bridgeDir, 'transcripts.json'),
    spool_dir: paths.hookSpoolDir,
    hook_state_dir: paths.hookStateDir,
    event_spool_dir: paths.eventSpoolDir,
    privacy: { prompts, tool_arguments, tool_output, file_paths },
  };
}
