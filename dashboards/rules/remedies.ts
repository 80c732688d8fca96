import type { Remedy } from './alert.ts';

/** What to do about each alert, by its name. */
export const REMEDIES: Readonly<Record<string, Remedy>> = {
  BudgetUsed: {
    cause:
      'Agents used more than a budget of the settings allows. Budgets per day, week and month are those of the last 24 hours, 7 and 30 days; nothing is stopped by them (limits that stop are `guardrails`).',
    steps: [
      '`monitor usage --by agent,session --since 1d` says who spent it, and where.',
      'Stop the session that runs away, or raise the budget in settings.yaml and run `monitor up`.',
    ],
  },
  BudgetBurnsFast: {
    cause: 'At the rate of the last hour a budget is used up soon.',
    steps: [
      '`monitor usage --by session --since 2h` shows the expensive session: look whether it goes in circles.',
    ],
  },
  ModelErrors: {
    cause: 'Many model calls end in an error for good, after the agent tried again by itself.',
    steps: [
      'The dashboard counts errors by status. 401 and 403: the key. 400: the request, often a context that is too long. 500 and 529: the provider is overloaded.',
      "Look at the provider's status page; switch the model meanwhile.",
    ],
  },
  RateLimited: {
    cause: "The provider refuses calls because the account's limit is reached.",
    steps: ['Run fewer agents at once, wait for the window to begin anew, or ask for a higher limit.'],
  },
  ToolFailures: {
    cause:
      'An agent tries again and again what fails: a test that cannot pass, a missing program, a right that it lacks.',
    steps: [
      'The dashboard names the tool; the timeline of the session in the web page shows what it was asked to do.',
      'Interrupt the agent and tell it what is missing.',
    ],
  },
  GuardrailViolated: {
    cause:
      'A limit or list of `guardrails` was broken. In mode `observe` it is recorded only; in mode `enforce` the call was refused.',
    steps: [
      '`monitor open`, Guardrails: which call it was, and of which session.',
      'If it was meant to be, allow it in `guardrails`; if not, use `mode: enforce`.',
    ],
  },
  EgressDenied: {
    cause: 'A proxy or firewall that reports to agent-monitor kept requests of an agent from leaving.',
    steps: [
      'The dashboard lists host and port. Where the agent has no business there, look at what made it ask.',
      'Where it has, allow the host at the proxy.',
    ],
  },
  RateLimitNear: {
    cause: 'An agent says that most of an allowance (5 hours, a week) is used.',
    steps: ['Leave the rest to what matters; the session says when the window begins anew.'],
  },
  AgentStuck: {
    cause:
      'A session has begun and not ended, and nothing has come from it for a while: a tool that hangs, a question that waits for its user, or a user who is away. It ends with the next event, and when the session counts as idle (`sessions.idle_end`).',
    steps: [
      'See whether the agent waits for a permission or an answer.',
      'See whether a command hangs (`monitor session ID` shows what is open), and end that command.',
      'Where sessions often stay open at night, raise `alerts.thresholds.stuck_minutes`, or set it to null.',
    ],
  },
  ContextNearlyFull: {
    cause: 'A session fills nearly its whole context window: it compacts soon, or fails.',
    steps: ['Let it finish what it does, then compact or start a new session.'],
  },
  AgentSilent: {
    cause: 'An agent that was there in the days before sends nothing. After 7 more days it counts as gone.',
    steps: [
      'If nobody uses it, nothing is wrong.',
      'Else `monitor doctor`, and on its machine `monitor env AGENT`: are the variables set where it starts?',
      '`monitor hooks list`: are the hooks still installed?',
    ],
  },
  VmDown: {
    cause: 'A virtual machine ran and does not run now, or it crashed.',
    steps: [
      '`virsh domstate --reason NAME` says why.',
      '`virsh start NAME`, unless it was stopped on purpose.',
    ],
  },
  GatewayDown: {
    cause: 'The guest answers, its OpenClaw gateway does not.',
    steps: [
      'In the guest: `systemctl --user status openclaw-gateway` and its journal.',
      'Restart it. If it does not stay up, look at memory and disk of the guest.',
    ],
  },
  VmDiskNearlyFull: {
    cause: 'A file system of a guest has little space left.',
    steps: [
      'In the guest: `du -xh --max-depth=2 / | sort -h | tail`; delete caches and old builds.',
      'Enlarge its disk.',
    ],
  },
  VmMemoryNearlyFull: {
    cause: 'A guest has little memory left; soon its kernel ends programs.',
    steps: ['In the guest: `ps aux --sort=-rss | head`.', 'Give it more memory, or run fewer agents in it.'],
  },
  VmCpuSteal: {
    cause: 'The host has more work than CPUs: virtual CPUs are ready and have to wait.',
    steps: ['Move a machine or give the machines fewer CPUs than the host has in all.'],
  },
  SamplerSilent: {
    cause:
      'The part that looks at machines does not run, or cannot look (libvirt is down, a socket is not readable).',
    steps: [
      '`monitor vms check` says what is wrong.',
      '`monitor status`: does the host part run? `monitor up` starts it.',
    ],
  },
  PartDown: {
    cause: 'A part of the stack does not answer Prometheus.',
    steps: [
      '`monitor status`, then `monitor logs SERVICE`.',
      '`monitor up` starts what is not there. The bridge keeps everything meanwhile.',
    ],
  },
  CollectorRefuses: {
    cause:
      'The Collector is short of memory, or a store behind it refuses or is away. The bridge keeps and resends.',
    steps: [
      '`monitor logs otel-collector` names the store; `monitor logs STORE` says why.',
      '`monitor doctor`.',
    ],
  },
  CollectorDropsSeries: {
    cause:
      "Agents' own metrics have more series than `max_streams` in otel-config.yaml: of what goes beyond, the increments are lost, though the sender is told that all is well.",
    steps: [
      'Find what has so many values: `topk(10, count by (__name__) ({job="agents"}))` in Prometheus.',
      'Raise `max_streams` (each series takes some hundred bytes of the Collector), or stop sending that attribute.',
    ],
  },
  BridgeSilent: {
    cause: 'The bridge does not run, or nothing of it reaches Prometheus.',
    steps: [
      '`monitor status`; `monitor logs bridge`; `monitor up`.',
      'If the bridge runs, the way is cut: look at PartDown, then `monitor doctor`.',
    ],
  },
  DeliveryLags: {
    cause: 'A target is away, slow, or refuses. Records wait in the outbox on disk.',
    steps: [
      '`monitor status` shows the target and its last error.',
      'Remedy that; the queue empties by itself.',
    ],
  },
  ProjectionLags: {
    cause: 'More comes in than this machine can count, or its disk is slow.',
    steps: ['Wait where an import is running.', '`monitor doctor` measures the disk; see what else uses it.'],
  },
  DeadLetters: {
    cause: 'A target refused records with an answer that says never to send them again.',
    steps: [
      '`monitor dead-letters list` shows them with the answer.',
      'When the cause is gone, `monitor dead-letters retry`.',
    ],
  },
  DiskNearlyFull: {
    cause:
      'Less is free than `retention.warn_disk`. When nothing is, the bridge refuses data and agents have to keep it.',
    steps: [
      '`monitor prune --older-than 30d`; shorten `retention`.',
      '`docker system df` shows what images and volumes take.',
    ],
  },
  DiskFills: {
    cause: 'At the rate of the last hours the disk will soon be full.',
    steps: [
      'See what grows: `monitor status` for the journal, `docker system df -v` for the stores.',
      'As for DiskNearlyFull.',
    ],
  },
  MetricsStoreNearlyFull: {
    cause: 'Prometheus deletes its oldest data when it reaches `retention.metrics_size`.',
    steps: ['Raise `retention.metrics_size`, or accept a shorter history.'],
  },
};
