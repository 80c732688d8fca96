import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from './wait-until.ts';

const QEMU_CONF = '/etc/libvirt/qemu.conf';
const QEMU = '/usr/bin/qemu-system-x86_64';

/** A real libvirtd of our own with QEMU behind it. */
export interface RunningLibvirt extends AsyncDisposable {
  readonly uri: string;
  /** Runs virsh and answers what it says. */
  virsh(...words: string[]): string;
  /** Makes and starts a domain with a disk and one virtual CPU that always works, and takes it away in the end. */
  create(name: string): void;
  /** Seconds of CPU time that the domain's process used, by /proc. */
  processCpuSeconds(name: string): number;
  /** Bytes of memory that the domain's process holds, by /proc. */
  processRssBytes(name: string): number;
}

/** Why it cannot run here; null where it can. */
export function whyNoLibvirt(): string | null {
  if (process.getuid?.() !== 0) return 'not root';
  for (const program of ['/usr/sbin/libvirtd', '/usr/bin/virsh', QEMU]) {
    if (!existsSync(program)) return `${program} is not installed`;
  }
  return null;
}

/** Starts it. KVM where this machine has it, else emulation. */
export async function startLibvirtd(): Promise<RunningLibvirt> {
  const folder = mkdtempSync(join(tmpdir(), 'am-libvirt-'));
  execFileSync('chmod', ['755', folder]);
  for (const path of ['/etc/libvirt', '/var/log/libvirt', '/var/lib/libvirt', '/run/libvirt']) {
    mkdirSync(path, { recursive: true });
  }
  // The log daemon, groups and users of a full installation are not needed here.
  if (!existsSync(QEMU_CONF)) {
    const settings = { security_driver: '"none"', user: '"root"', group: '"root"', stdio_handler: '"file"' };
    const lines = Object.entries({ ...settings, cgroup_controllers: '[]', namespaces: '[]' });
    writeFileSync(QEMU_CONF, lines.map(([key, value]) => `${key} = ${value}\n`).join(''));
  }
  try {
    execFileSync('id', ['libvirt-qemu'], { stdio: 'ignore' });
  } catch {
    execFileSync('useradd', ['-r', '-s', '/usr/sbin/nologin', 'libvirt-qemu']);
  }
  const config = join(folder, 'libvirtd.conf');
  writeFileSync(config, `unix_sock_dir = "${folder}"\nauth_unix_rw = "none"\nauth_unix_ro = "none"\n`);
  const start = (): ChildProcess =>
    spawn('/usr/sbin/libvirtd', ['-f', config, '-p', join(folder, 'pid')], { stdio: 'ignore' });
  let daemon = start();
  const uri = `qemu:///system?socket=${folder}/libvirt-sock`;
  const virsh = (...words: string[]): string =>
    execFileSync('virsh', ['-q', '-c', uri, ...words], { encoding: 'utf8' });
  const pidOf = (name: string): string => {
    const found = execFileSync('pgrep', ['-f', `guest=${name.replace(/[[\]]/g, '.')},`], {
      encoding: 'utf8',
    });
    return found.trim().split('\n')[0] ?? '';
  };
  await waitUntil(
    () => {
      // A machine has one at a time: another test's may have to end first.
      if (daemon.exitCode !== null) daemon = start();
      return spawnSync('virsh', ['-q', '-c', uri, 'list'], { stdio: 'ignore' }).status === 0;
    },
    (exists) => exists,
    100_000,
  );
  // This machine's own domains are seen as well: they are left alone.
  const created: string[] = [];
  return {
    uri,
    virsh,
    create(name) {
      created.push(name);
      const image = join(folder, `${Buffer.from(name).toString('hex')}.img`);
      // Work that does not end: a boot sector that jumps to itself.
      const disk = Buffer.alloc(16 * 1024 * 1024);
      disk.set([0xeb, 0xfe]);
      disk.set([0x55, 0xaa], 510);
      writeFileSync(image, disk);
      const type = existsSync('/dev/kvm') ? 'kvm' : 'qemu';
      const xml = `<domain type='${type}'><name>${name}</name><memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type arch='x86_64'>hvm</type></os><devices><emulator>${QEMU}</emulator><disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='${image}'/><target dev='vda' bus='virtio'/></disk><memballoon model='virtio'/></devices></domain>`;
      const file = join(folder, 'domain.xml');
      writeFileSync(file, xml);
      virsh('define', file);
      virsh('start', name);
    },
    processCpuSeconds(name) {
      const stat = readFileSync(`/proc/${pidOf(name)}/stat`, 'utf8');
      // proc_pid_stat(5): utime and stime, in ticks of 1/100 s.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) / 100;
    },
    processRssBytes(name) {
      const status = readFileSync(`/proc/${pidOf(name)}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
    },
    async [Symbol.asyncDispose]() {
      const running = virsh('list', '--name').split('\n');
      for (const name of created) {
        if (running.includes(name)) virsh('destroy', name);
        virsh('undefine', name);
      }
      const ended = new Promise((resolve) => daemon.once('exit', resolve));
      daemon.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
