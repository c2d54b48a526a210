"""Runs a command on hosts in the ways that Python has for it: threads, asyncio, a process for each group of hosts.

visit.py threads|asyncio|asyncio-processes|processes DIR FLIGHT SECONDS COMMAND
visit.py version LIBRARY

DIR is as scripts/bench makes it. FLIGHT hosts are visited at once. Host keys are verified.
"""

import asyncio
import base64
import importlib
import multiprocessing
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial


def read_hosts(directory):
    with open(directory + "/hosts") as file:
        return [tuple(line.strip().rsplit(":", 1)) for line in file]


def groups(hosts, n):
    return [hosts[i::n] for i in range(n)]


def each(function, hosts):
    """Visits hosts one after the other, or as many at once as there are threads that call it."""
    for host in hosts:
        function(host)


def with_paramiko(directory, seconds, command):
    """Returns a function that visits a host."""
    import paramiko

    key = paramiko.Ed25519Key.from_private_key_file(directory + "/id")
    known = {}
    with open(directory + "/known_hosts") as file:
        for line in file:
            name, _, blob = line.split()
            known[name] = blob

    def visit(host):
        address, port = host
        try:
            transport = paramiko.Transport(socket.create_connection((address, int(port)), seconds))
            try:
                expected = paramiko.Ed25519Key(data=base64.b64decode(known[f"[{address}]:{port}"]))
                transport.connect(hostkey=expected, username="bench", pkey=key)
                channel = transport.open_session()
                channel.exec_command(command)
                print(channel.makefile().read().decode(), end="", flush=True)
            finally:
                transport.close()
        except (OSError, EOFError, paramiko.SSHException, KeyError) as error:
            print(address, repr(error), file=sys.stderr)

    return visit


def with_asyncssh(directory, flight, seconds, command, hosts):
    import asyncssh

    options = asyncssh.SSHClientConnectionOptions(
        username="bench",
        client_keys=[asyncssh.read_private_key(directory + "/id")],
        known_hosts=asyncssh.read_known_hosts(directory + "/known_hosts"),
        agent_path=None,
        config=None,
        connect_timeout=seconds,
    )

    async def visit(host, free):
        async with free:
            try:
                async with asyncssh.connect(host[0], int(host[1]), options=options) as connection:
                    result = await connection.run(command)
                    print(result.stdout, end="", flush=True)
            except (OSError, asyncssh.Error, asyncio.TimeoutError) as error:
                print(host[0], repr(error), file=sys.stderr)

    async def visit_all():
        free = asyncio.Semaphore(flight)
        await asyncio.gather(*(visit(host, free) for host in hosts))

    asyncio.run(visit_all())


def in_processes(work, lists):
    processes = [multiprocessing.Process(target=work, args=(hosts,)) for hosts in lists]
    for process in processes:
        process.start()
    for process in processes:
        process.join()


def main(way, directory, flight, seconds, command):
    flight, seconds, hosts = int(flight), float(seconds), read_hosts(directory)
    if way == "threads":
        with ThreadPoolExecutor(flight) as pool:
            list(pool.map(with_paramiko(directory, seconds, command), hosts))
    elif way == "asyncio":
        with_asyncssh(directory, flight, seconds, command, hosts)
    elif way == "asyncio-processes":
        work = partial(with_asyncssh, directory, flight // 2, seconds, command)
        in_processes(work, groups(hosts, 2))
    elif way == "processes":
        work = partial(each, with_paramiko(directory, seconds, command))
        in_processes(work, groups(hosts, flight))


if sys.argv[1] == "version":
    print(sys.argv[2], importlib.import_module(sys.argv[2]).__version__)
else:
    main(*sys.argv[1:])
