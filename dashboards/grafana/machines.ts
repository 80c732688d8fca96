import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { FAILED, NEAR, OFF, WELL } from './colours.ts';
import { type Band, dashboard } from './dashboard.ts';
import { linesPanel, type StateMeaning, sharesPanel, statesPanel } from './graph-panels.ts';
import { MACHINE_LIMITS } from './limits.ts';
import { FROM_EVENTS, NOT_BY_MODEL, STEP_IN_PROGRESS } from './notes.ts';
import { barsPanel, recordsPanel, statPanel } from './panels.ts';
import { overTime, valueNow } from './queries.ts';
import { notable, series } from './selectors.ts';
import { tablePanel } from './table-panel.ts';
import { totalOverTime } from './totals.ts';
import { UNITS } from './units.ts';

const NO_VM = 'No virtual machine: "vms:" in settings says where to look';
const NO_CONTAINER = 'No container is sampled: "vms:" in settings says where to look';
const SAMPLED = `Source: samples of the host's libvirt. ${NOT_BY_MODEL}`;
const GUEST = `Source: samples from inside guests. ${NOT_BY_MODEL}`;

/** virDomainState. */
const STATES: Readonly<Record<string, StateMeaning>> = {
  0: { text: 'none', color: OFF },
  1: { text: 'running', color: WELL },
  2: { text: 'blocked', color: WELL },
  3: { text: 'paused', color: NEAR },
  4: { text: 'shutting down', color: NEAR },
  5: { text: 'off', color: OFF },
  6: { text: 'crashed', color: FAILED },
  7: { text: 'suspended', color: OFF },
};
const STATE = series('libvirt_domain_state_code');
const VM = ['project', 'agent', 'vm_name', 'host_name'];

/** The largest value of a gauge by labels. */
function newest(metric: string, ...by: readonly string[]): string {
  return `max by (${by.join(', ')}) (${series(metric)})`;
}

/** A gauge's part in the state `used` of all its states. */
function usedShare(metric: string, ...by: readonly string[]): string {
  const labels = by.join(', ');
  return `max by (${labels}) (${series(metric, 'state="used"')}) / sum by (${labels}) (max by (${labels}, state) (${series(metric)}))`;
}

function fleet(): Band[] {
  return [
    {
      height: 5,
      panels: [
        statPanel(
          {
            id: 1,
            title: 'Virtual machines by state, now',
            description: `How many run, and how many are off on purpose or crashed. ${SAMPLED} Empty without virtual machines.`,
            unit: UNITS.count,
            noValue: NO_VM,
          },
          valueNow(`count (${STATE} == 1)`, 'Running'),
          valueNow(`count (${STATE} == 5)`, 'Off'),
          valueNow(`count (${STATE} == 6)`, 'Failed'),
        ),
        statPanel(
          {
            id: 2,
            title: 'Containers of agents, now',
            description: `Sampled containers that run. Source: samples of the host. ${NOT_BY_MODEL} Empty without containers.`,
            unit: UNITS.count,
            noValue: NO_CONTAINER,
          },
          valueNow(`sum (${series('container_running')})`, 'Running'),
        ),
        statPanel(
          {
            id: 3,
            title: 'Gateways that do not answer, now',
            description: `OpenClaw gateways in guests that are down. ${GUEST} Empty without OpenClaw.`,
            unit: UNITS.count,
            noValue: 'No gateway is sampled',
          },
          valueNow(`sum (1 - ${series('openclaw_gateway_up')})`, 'Failed'),
        ),
        statPanel(
          {
            id: 4,
            title: 'Services in guests that are not active, now',
            description: `Services that settings name and that are not active. ${GUEST} Empty when none is named.`,
            unit: UNITS.count,
            noValue: 'No service is watched',
          },
          valueNow(`sum (1 - ${series('agent_monitor_guest_service_up')})`, 'Failed'),
        ),
        statPanel(
          {
            id: 5,
            title: 'Samplers that could not look, now',
            description: `Samplers that reached neither libvirt nor Docker: what they show is old. Source: the samplers. ${NOT_BY_MODEL} Empty without samplers.`,
            unit: UNITS.count,
            noValue: 'No sampler runs',
          },
          valueNow(`sum (1 - ${series('agent_monitor_sampler_up')})`, 'Failed'),
        ),
      ],
    },
    {
      height: 10,
      panels: [
        tablePanel(
          {
            id: 6,
            title: 'Virtual machines, now',
            description: `Each machine with its state (1 running, 3 paused, 5 off, 6 crashed), use and age. ${SAMPLED} Cells of what a machine that is off does not tell are empty; empty without virtual machines.`,
            noValue: NO_VM,
          },
          {
            keys: { vm_name: 'Machine', project: 'Project', agent: 'Agent', host_name: 'Host' },
            columns: [
              { title: 'State', expr: newest('libvirt_domain_state_code', ...VM), unit: UNITS.count },
              {
                title: 'CPU',
                expr: newest('libvirt_domain_cpu_utilization_ratio', ...VM),
                unit: UNITS.share,
              },
              { title: 'Virtual CPUs', expr: newest('libvirt_domain_vcpu_count', ...VM), unit: UNITS.count },
              {
                title: 'Memory given',
                expr: newest('libvirt_domain_memory_balloon_bytes', ...VM),
                unit: UNITS.sizeBytes,
              },
              {
                title: 'Memory used',
                expr: newest('libvirt_domain_memory_used_bytes', ...VM),
                unit: UNITS.sizeBytes,
              },
              {
                title: 'Up for',
                // As the guest says; else since its process was started.
                expr: `${newest('system_uptime_seconds', ...VM)} or ${newest('libvirt_domain_uptime_seconds', ...VM)}`,
                unit: UNITS.duration,
              },
            ],
            sortBy: 'CPU',
          },
        ),
        statesPanel(
          {
            id: 7,
            title: 'State of each virtual machine, over time',
            description: `A band per machine; off is grey and no fault. ${SAMPLED} A gap means that nobody looked. Empty without virtual machines.`,
            unit: UNITS.count,
            noValue: NO_VM,
          },
          STATES,
          overTime(newest('libvirt_domain_state_code', 'vm_name'), '{{vm_name}}'),
        ),
      ],
    },
  ];
}

function virtualMachines(): Band[] {
  const line = (
    id: number,
    title: string,
    what: string,
    unit: (typeof UNITS)[keyof typeof UNITS],
    expr: string,
    legend: string,
  ) =>
    linesPanel(
      {
        id,
        title,
        description: `${what} ${SAMPLED} Empty without running virtual machines.`,
        unit,
        noValue: NO_VM,
      },
      overTime(expr, legend),
    );
  const bars = (id: number, title: string, what: string, metric: string, direction: string) =>
    barsPanel(
      {
        id,
        title,
        description: `${what} ${SAMPLED} ${STEP_IN_PROGRESS} Empty without running virtual machines.`,
        unit: UNITS.sizeBytes,
        noValue: NO_VM,
      },
      totalOverTime(series(metric), 'vm_name', direction),
      `{{vm_name}} {{${direction}}}`,
    );
  return [
    {
      height: 8,
      panels: [
        line(
          8,
          'CPU of virtual machines, share of their CPUs',
          'How busy each machine is.',
          UNITS.share,
          newest('libvirt_domain_cpu_utilization_ratio', 'vm_name'),
          '{{vm_name}}',
        ).max(1),
        line(
          9,
          'Memory used in virtual machines',
          'As guests report it.',
          UNITS.sizeBytes,
          newest('libvirt_domain_memory_used_bytes', 'vm_name'),
          '{{vm_name}}',
        ),
        line(
          10,
          'Load in guests over a minute',
          'Threads that run or wait, as guests report it.',
          UNITS.count,
          newest('system_cpu_load_average_1m', 'vm_name'),
          '{{vm_name}}',
        ),
      ],
    },
    {
      height: 8,
      panels: [
        bars(
          11,
          'Disk bytes per step, by machine',
          'Read and written in each step of the graph.',
          'libvirt_domain_disk_io_bytes_total',
          'disk_direction',
        ),
        bars(
          12,
          'Network bytes per step, by machine',
          'Received and sent in each step of the graph.',
          'libvirt_domain_network_io_bytes_total',
          'network_direction',
        ),
        sharesPanel(
          {
            id: 13,
            title: 'File systems in guests, share used, now',
            description: `How full each file system is. ${GUEST} Empty without samples from guests.`,
            unit: UNITS.share,
            noValue: 'No guest tells its file systems',
          },
          MACHINE_LIMITS,
          valueNow(
            `sort_desc (${usedShare('system_filesystem_usage_bytes', 'vm_name', 'mountpoint')})`,
            '{{vm_name}} {{mountpoint}}',
          ),
        ),
      ],
    },
  ];
}

function containers(): Band[] {
  const container = ['container_name', 'project', 'agent', 'host_name'];
  return [
    {
      height: 9,
      panels: [
        tablePanel(
          {
            id: 14,
            title: 'Containers, now',
            description: `Each container with its memory and restarts; ended for want of memory is 1 where that happened. Source: samples of the host. ${NOT_BY_MODEL} Empty without containers.`,
            noValue: NO_CONTAINER,
          },
          {
            keys: { container_name: 'Container', project: 'Project', agent: 'Agent', host_name: 'Host' },
            columns: [
              { title: 'Runs', expr: newest('container_running', ...container), unit: UNITS.count },
              {
                title: 'Memory',
                expr: newest('container_memory_usage_bytes', ...container),
                unit: UNITS.sizeBytes,
              },
              {
                title: 'Memory limit',
                expr: newest('container_memory_limit_bytes', ...container),
                unit: UNITS.sizeBytes,
              },
              { title: 'Restarts', expr: newest('container_restarts', ...container), unit: UNITS.count },
              {
                title: 'Ended for want of memory',
                expr: newest('container_oom_killed', ...container),
                unit: UNITS.count,
              },
            ],
            sortBy: 'Memory',
          },
        ),
        barsPanel(
          {
            id: 15,
            title: 'CPU seconds per step, by container',
            description: `CPU time in each step of the graph. Source: samples of the host. ${NOT_BY_MODEL} ${STEP_IN_PROGRESS} Empty without containers.`,
            unit: UNITS.duration,
            noValue: NO_CONTAINER,
          },
          totalOverTime(series('container_cpu_time_seconds_total'), 'container_name'),
          '{{container_name}}',
        ),
      ],
    },
    {
      height: 10,
      panels: [
        recordsPanel(
          {
            id: 16,
            title: 'Newest 100 changes of machines and gateways, in range',
            description: `What became of virtual machines, containers and OpenClaw gateways. ${FROM_EVENTS} Empty when nothing changed. The variable Model does not apply.`,
            noValue: 'No machine changed its state in this range',
          },
          `${notable('event_name=~"vm.*|container.*|openclaw.snapshot"')} | line_format "{{.project}} / {{.agent}}: {{__line__}} {{.name}} {{.state}}"`,
          100,
        ),
      ],
    },
  ];
}

/** In which machines do agents run, and how are those? */
export function machines(): DashboardBuilder {
  return dashboard({
    uid: 'agent-monitor-machines',
    title: 'Agents in VMs and containers',
    description: 'The virtual machines and containers that agents run in: state, use, and what changed.',
    sections: [
      { id: 101, title: 'What is there', bands: fleet() },
      { id: 102, title: 'Virtual machines', bands: virtualMachines() },
      { id: 103, title: 'Containers, and what changed', bands: containers() },
    ],
  });
}
