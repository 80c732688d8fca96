import type { Settings } from '../settings/schema.ts';

type Guardrails = Settings['guardrails'];
type Rules = Omit<Guardrails, 'projects' | 'on_unreachable'>;

/** The guardrails of bridge.json: whole sets of rules, for all projects and for those that differ. */
export function buildGuardrails({ guardrails }: Pick<Settings, 'guardrails'>) {
  const { projects, on_unreachable: _, ...rules } = guardrails;
  return {
    default: plainRules(rules),
    projects: Object.fromEntries(
      Object.entries(projects).map(([project, different]) => [project, plainRules(merge(rules, different))]),
    ),
  };
}

/** What a project says wins; what it leaves out stays. */
function merge(rules: Rules, different: Guardrails['projects'][string]): Rules {
  const said = Object.fromEntries(Object.entries(different).filter(([, value]) => value !== undefined));
  return { ...rules, ...said };
}

function plainRules({ max_duration, ...rules }: Rules) {
  return { ...rules, max_duration_ms: max_duration?.ms ?? null };
}
