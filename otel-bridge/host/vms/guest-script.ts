/**
 * What is run in a guest, by `sh -s` over ssh. POSIX, read-only, and with nothing from outside put into it: names of
 * services and the port come as arguments. Each line of its answer is `key value`; what a guest cannot tell is missing.
 * The first line is empty: what a login shell said before it may lack its end.
 */
export const GUEST_SCRIPT = `
LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/sbin:/sbin; export PATH
echo; echo "agent-monitor-guest 1"
port=$1; shift 2>/dev/null || :
[ -r /proc/loadavg ] && { read -r a b c d < /proc/loadavg; echo "load $a $b $c"; }
[ -r /proc/uptime ] && { read -r u d < /proc/uptime; echo "uptime $u"; }
[ -r /proc/meminfo ] && while read -r k v d; do
  case $k in MemTotal:|MemAvailable:|MemFree:|SwapTotal:|SwapFree:) echo "mem $k $v";; esac
done < /proc/meminfo
df -kP 2>/dev/null | while read -r fs total used free share mount; do
  case $fs in /dev/*) echo "disk $total $used $free $mount";; esac
done
if [ "$port" != 0 ] && [ -n "$port" ]; then
  if ps ax -o args= 2>/dev/null | grep -v grep | grep -qi 'openclaw.*gateway'; then echo "gateway process up"; else echo "gateway process down"; fi
  if command -v curl >/dev/null 2>&1; then
    code=$(curl -s -o /dev/null -m 2 -w '%{http_code}' "http://127.0.0.1:$port/health" 2>/dev/null)
    case $code in 2??|401|403|404) echo "gateway http up";; *) echo "gateway http down";; esac
  elif command -v wget >/dev/null 2>&1; then
    if wget -q -T 2 -t 1 -O /dev/null "http://127.0.0.1:$port/health" 2>/dev/null; then echo "gateway http up"; else echo "gateway http down"; fi
  fi
fi
for service in "$@"; do
  if command -v systemctl >/dev/null 2>&1; then
    if systemctl is-active --quiet -- "$service" 2>/dev/null; then echo "service up $service"; else echo "service down $service"; fi
  fi
done
for program in openclaw claude codex gemini; do
  command -v "$program" >/dev/null 2>&1 || continue
  version=$("$program" --version 2>/dev/null </dev/null | head -n 1 | cut -c 1-60)
  [ -n "$version" ] && echo "version $program $version"
done
echo "end"
`;
