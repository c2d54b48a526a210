#!/usr/bin/env python3
"""Reads hosts on standard input, one a line, asks each over ssh for its load and memory, and prints one record a host:

    muster run -H hosts.txt --parse ndjson -- examples/probe.py

The words of PROBE_SSH_OPTS are options for ssh. They come before those below, and of two that differ ssh takes the first.
PROBE_AT_ONCE hosts are asked at once. What ssh says last becomes the status as docs/run.md has it.
"""
import concurrent.futures, json, os, re, subprocess, sys

AT_ONCE = int(os.environ.get("PROBE_AT_ONCE", "8"))
OPTIONS = "-T -o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=10 -o LogLevel=ERROR --"
COMMAND = "cat /proc/loadavg /proc/meminfo /sys/devices/system/cpu/online; true"
LOAD = re.compile(r"^(\d+\.\d+) (\d+\.\d+) (\d+\.\d+) \d+/\d+ \d+$", re.M | re.A)
SIZE = re.compile(r"^([A-Za-z]+): +(\d{1,15}) kB$", re.M | re.A)
CPUS = re.compile(r"^\d{1,5}(?:-\d{1,5})?(?:,\d{1,5}(?:-\d{1,5})?)*$", re.M | re.A)  # those that are online: 0-3,8
SSH_FAILED = [
    (r": Connection refused$", "refused"),
    (r"^Host key verification failed", "hostkey"),
    (r": Permission denied \(|Too many authentication failures", "auth"),
    (r"^ssh: Could not resolve hostname ", "resolve"),
    (r"timed out|^Timeout, server ", "timeout"),
    (r"^ssh: connect to host ", "unreachable"),
    (r"^Connection (closed|reset) by |: Broken pipe$", "closed"),
]


def command_line(host):
    """The words that run COMMAND on user@name:port, [v6]:port, or less of it."""
    user, _, name = host.rpartition("@")
    port = ""
    if name.startswith("["):
        name, _, port = name[1:].replace("]:", "]").partition("]")
    elif name.count(":") == 1:
        name, _, port = name.partition(":")
    where = ["-l", user] * bool(user) + ["-p", port] * bool(port)
    return ["ssh", *where, *os.environ.get("PROBE_SSH_OPTS", "").split(), *OPTIONS.split(), name, COMMAND]


def reading(said):
    """What the host said of itself, or None."""
    load, size, cpus = LOAD.search(said), dict(SIZE.findall(said)), CPUS.search(said)
    size = {name: int(kb) * 1024 for name, kb in size.items()}
    if "MemAvailable" not in size and "MemFree" in size:  # before Linux 3.14; collect works it out so as well
        caches = [size.get(name, 0) for name in ("Buffers", "Cached", "SReclaimable")]
        size["MemAvailable"] = size["MemFree"] + sum(caches) - size.get("Shmem", 0)
    if not load or not 0 <= size.get("MemAvailable", -1) <= size.get("MemTotal", -1):
        return None
    record = dict(zip(("load1", "load5", "load15"), map(float, load.groups())))
    if cpus:
        ends = [part.split("-") for part in cpus[0].split(",")]
        record["cpus"] = sum(int(end[-1]) - int(end[0]) + 1 for end in ends)
    return record | {"mem_total_bytes": size["MemTotal"], "mem_available_bytes": size["MemAvailable"]}


def probe(host):
    """The host's record."""
    done = subprocess.run(command_line(host), stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    last = (done.stderr.strip() or done.stdout.strip()).split("\n")[-1][:200]
    if done.returncode == 255:
        found = [status for pattern, status in SSH_FAILED if re.search(pattern, last)]
        return {"status": found[0], "error": last} if found else {"status": "exit", "error": "exit status 255: " + last}
    record = reading(done.stdout)
    if record:
        return record
    if done.returncode:
        return {"status": "exit", "error": f"exit status {done.returncode}: {last}"}
    return {"status": "parse", "error": "no load and memory: " + last}


with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
    waiting = {pool.submit(probe, line.rstrip("\n")): line.rstrip("\n") for line in sys.stdin}
    for done in concurrent.futures.as_completed(waiting):
        print(json.dumps({"host": waiting[done], **done.result()}), flush=True)
