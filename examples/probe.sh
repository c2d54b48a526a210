#!/bin/sh
# Reads hosts on standard input, one a line, asks each over ssh for its load and memory, and prints one record a host:
#   muster run -H hosts.txt --parse ndjson -- examples/probe.sh
# The words of PROBE_SSH_OPTS are options for ssh. They come before those below, and of two that differ ssh takes the
# first. PROBE_AT_ONCE hosts are asked at once. What ssh says last becomes the status as docs/run.md has it.
# shellcheck disable=SC2016,SC2086
set -euf
export LC_ALL=C
at_once=${PROBE_AT_ONCE:-8}

# Makes a record of what ssh printed, given the host as $HOST and ssh's exit code as $CODE.
to_record='
function text(s,    i, c, out) { # in JSON, its first 200 bytes
	for (i = 1; i <= 200 && (c = substr(s, i, 1)) != ""; i++) out = out (c in escape ? escape[c] : c)
	return "\"" out "\""
}
function failed(status, why) { return sprintf("\"status\":\"%s\",\"error\":%s", status, text(why)) }
function ssh_failed() {
	if (last ~ /: Connection refused$/) return failed("refused", last)
	if (last ~ /^Host key verification failed/) return failed("hostkey", last)
	if (last ~ /: Permission denied \(|Too many authentication failures/) return failed("auth", last)
	if (last ~ /^ssh: Could not resolve hostname /) return failed("resolve", last)
	if (last ~ /timed out|^Timeout, server /) return failed("timeout", last)
	if (last ~ /^ssh: connect to host /) return failed("unreachable", last)
	if (last ~ /^Connection (closed|reset) by |: Broken pipe$/) return failed("closed", last)
	return failed("exit", "exit status 255: " last)
}
function reading() {
	return (cpus > 0 ? sprintf("\"cpus\":%.0f,", cpus) : "") sprintf("\"load1\":%.2f,\"load5\":%.2f,\"load15\":%.2f," \
		"\"mem_total_bytes\":%.0f,\"mem_available_bytes\":%.0f", load[1], load[2], load[3], total * 1024, available * 1024)
}
BEGIN {
	for (i = 1; i < 32; i++) escape[sprintf("%c", i)] = sprintf("\\u%04x", i)
	escape["\""] = "\\\""; escape["\\"] = "\\\\"
}
{ sub(/\r$/, "") } # ssh ends its own lines so
/[^ ]/ { last = $0 }
length($0) > 80 { next }
/^[0-9]+\.[0-9]+ [0-9]+\.[0-9]+ [0-9]+\.[0-9]+ [0-9]+\/[0-9]+ [0-9]+$/ { split($0, load, " ") }
/^[A-Za-z]+: +[0-9]+ kB$/ && length($2) < 16 { kB[$1] = $2 }
/^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$/ { # the cpus that are online: 0-3,8
	cpus = 0
	for (n = split($0, part, ","); n > 0; n--) cpus += split(part[n], ends, "-") < 2 ? 1 : ends[2] - ends[1] + 1
}
END {
	total = kB["MemTotal:"]; available = kB["MemAvailable:"]
	if (available == "" && kB["MemFree:"] != "") # before Linux 3.14; collect works it out so as well
		available = kB["MemFree:"] + kB["Buffers:"] + kB["Cached:"] + kB["SReclaimable:"] - kB["Shmem:"]
	if (ENVIRON["CODE"] == 255) record = ssh_failed()
	else if (3 in load && available != "" && available >= 0 && available + 0 <= total + 0) record = reading()
	else if (ENVIRON["CODE"] != 0) record = failed("exit", "exit status " ENVIRON["CODE"] ": " last)
	else record = failed("parse", "no load and memory: " last)
	printf "{\"host\":%s,%s}\n", text(ENVIRON["HOST"]), record
}'

probe() { # HOST: user@name:port, [v6]:port, or less of it
	name=${1##*@} user='' port=''
	case $1 in *@*) user=${1%@*} ;; esac
	case $name in
	\[*\]:*) port=${name##*:} name=${name%\]:*} name=${name#\[} ;;
	\[*\]) name=${name%\]} name=${name#\[} ;;
	*:*:*) ;;
	*:*) port=${name##*:} name=${name%:*} ;;
	esac
	code=0
	said=$(ssh ${user:+-l "$user"} ${port:+-p "$port"} ${PROBE_SSH_OPTS-} -T -o BatchMode=yes -o ConnectTimeout=10 \
		-o ServerAliveInterval=10 -o LogLevel=ERROR -- "$name" \
		'cat /proc/loadavg /proc/meminfo /sys/devices/system/cpu/online; true' 2>&1 </dev/null) || code=$?
	printf '%s\n' "$said" | HOST=$1 CODE=$code awk "$to_record"
}

set --
while read -r host; do
	probe "$host" &
	set -- "$@" $!
	if [ $# -ge "$at_once" ]; then
		wait "$1"
		shift
	fi
done
for pid; do wait "$pid"; done
