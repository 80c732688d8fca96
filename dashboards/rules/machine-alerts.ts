import { type AlertGroup, alertsOf } from './alert.ts';
import { growth } from './growth.ts';
import type { AlertThresholds } from './thresholds.ts';

const VM = '{{ $labels.vm_name }}';

/** What goes wrong with virtual machines, and with looking at them. */
export function machineAlerts(thresholds: AlertThresholds): AlertGroup {
  const { for_minutes, vm_disk_share, vm_memory_share, vm_steal_share, vm_down_hours } = thresholds;
  const shared = {
    dashboard: 'agent-monitor-machines',
    variables: ['project', 'agent'],
    forSeconds: for_minutes * 60,
    severity: 'warning',
  } as const;
  const running = 'libvirt_domain_state{state="running"}';
  const guestMemory =
    'sum without (state) (system_memory_usage_bytes{state="used"}) / sum without (state) (system_memory_usage_bytes)';
  const domainMemory = '1 - libvirt_domain_memory_usable_bytes / libvirt_domain_memory_available_bytes';
  return {
    name: 'machines',
    alerts: alertsOf([
      vm_down_hours !== null && {
        ...shared,
        name: 'VmDown',
        severity: 'critical',
        expr: `(${running} == 0 and max_over_time(${running}[${vm_down_hours * 3600}s]) == 1) or libvirt_domain_state{state="crashed"} == 1`,
        summary: `VM ${VM} is down`,
        description: `It ran less than ${vm_down_hours} h ago and does not now, or it crashed.`,
      },
      {
        ...shared,
        name: 'GatewayDown',
        severity: 'critical',
        expr: 'openclaw_gateway_up == 0',
        summary: `The OpenClaw gateway of ${VM} is down`,
        description: 'Its service does not run or its port does not answer, while the guest does.',
      },
      vm_disk_share !== null && {
        ...shared,
        name: 'VmDiskNearlyFull',
        expr: `sum without (state) (system_filesystem_usage_bytes{state="used"}) / sum without (state) (system_filesystem_usage_bytes) > ${vm_disk_share}`,
        summary: `A file system of ${VM} is nearly full`,
        description: '{{ $labels.mountpoint }} is filled to {{ $value | humanizePercentage }}.',
      },
      vm_memory_share !== null && {
        ...shared,
        name: 'VmMemoryNearlyFull',
        // What the guest says itself; where it was not asked, what its balloon driver tells.
        expr: `(${guestMemory} or ${domainMemory}) > ${vm_memory_share}`,
        summary: `The memory of ${VM} is nearly full`,
        description: '{{ $value | humanizePercentage }} of it are in use.',
      },
      vm_steal_share !== null && {
        ...shared,
        name: 'VmCpuSteal',
        expr: `avg without (vcpu) (${growth('libvirt_domain_vcpu_delay_seconds_total', '5m')}) / 300 > ${vm_steal_share}`,
        summary: `VM ${VM} does not get its CPUs`,
        description:
          'Its virtual CPUs were ready and waited for the host {{ $value | humanizePercentage }} of the last 5 minutes.',
      },
      {
        ...shared,
        name: 'SamplerSilent',
        variables: [],
        expr: 'agent_monitor_sampler_up == 0',
        summary: 'Nobody looks at the machines of {{ $labels.sampler }}',
        description:
          'The sampler sent no round in time, or could not look. Alerts about its machines are blind.',
      },
    ]),
  };
}
