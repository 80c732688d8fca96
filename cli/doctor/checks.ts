import { deadLettersCheck, deliveryCheck, journalCheck, transcriptsCheck } from './bridge-checks.ts';
import type { Check } from './check.ts';
import { partsCheck, portsCheck, runtimeCheck, settingsCheck } from './installation-checks.ts';
import { diskCheck, nodeCheck, permissionsCheck } from './machine-checks.ts';

/** Every check, in the order in which one thing rests on another. */
export const CHECKS: readonly Check[] = [
  nodeCheck,
  settingsCheck,
  diskCheck,
  permissionsCheck,
  runtimeCheck,
  portsCheck,
  partsCheck,
  journalCheck,
  deliveryCheck,
  deadLettersCheck,
  transcriptsCheck,
];
