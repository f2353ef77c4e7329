#!/usr/bin/env python3
"""Replaces two nodes of one version by two of another on one PostgreSQL, while reports are sent, fetched and receipted all the time.

usage: rolling.py OLD NEW POSTGRES_URL [--seconds N] [--seed N]

OLD and NEW are two builds of meldeport; the server of POSTGRES_URL gets a database of its own, removed at the end. The town, its
keys and its Maskinporten are OLD's `meldeport demo`, which stays up on the same database: a third node of the old version to the
end, to which nothing is sent. Prints its figures as JSON and exits 0 when nothing was lost and nothing is there twice.
"""
import argparse
import hashlib
import http.client
import json
import os
import pathlib
import platform
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid

API = "/bekymringsmelding/api/v2"
BOUNDARY = "rolling-boundary"


def program(name):
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name) or sys.exit(f"{name} is missing")


class Node:
    """A gateway in a process of its own."""

    def __init__(self, binary, config, folder, name):
        self.binary, self.name = binary, name
        self.port = free_port()
        path = folder / f"{name}.toml"
        path.write_text(config.replace("PORT", str(self.port)))
        self.log = folder / f"{name}.log"
        self.process = subprocess.Popen([binary, "serve", "--config", str(path)], stdout=subprocess.DEVNULL,
                                        stderr=self.log.open("wb"), env=environment())

    def wait_until_ready(self):
        for _ in range(600):
            if self.process.poll() is not None:
                sys.exit(f"{self.name} ended:\n{self.log.read_text()[-2000:]}")
            try:
                if call(self.port, "GET", "/health/ready")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        sys.exit(f"{self.name} does not become ready:\n{self.log.read_text()[-2000:]}")

    def stop(self):
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=60)
        return {"node": self.name, "exit": code, "drain_seconds": round(time.monotonic() - began, 2)}


def environment():
    return {name: value for name, value in os.environ.items() if not name.startswith("MELDEPORT")}


def free_port():
    import socket
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def call(port, method, path, headers=None, body=None, timeout=90):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


class Site:
    """What senders and receivers share: the nodes that take calls now, as a balancer would know them."""

    def __init__(self, kit, old, rng):
        self.kit, self.old, self.rng = kit, old, rng
        self.facts = json.loads((kit / "kit.json").read_text())
        self.lock = threading.Lock()
        self.nodes, self.stop_sending, self.stop_all = [], threading.Event(), threading.Event()
        self.sent, self.digests, self.fetched, self.statuses, self.repeats = {}, {}, {}, {}, 0
        self.faults = []

    def headers(self, party, config):
        token = subprocess.run([self.old, "token", "--config", str(self.kit / config)], check=True, capture_output=True,
                               env=environment(), text=True).stdout.strip()
        return {"Authorization": f"Bearer {token}", "IntegrasjonId": party["integrasjonId"],
                "IntegrasjonPassord": party["integrasjonPassord"]}

    def node(self, n):
        with self.lock:
            return self.nodes[n % len(self.nodes)]

    def ask(self, n, method, path, headers, body=None):
        """Like a client: what did not get through, or came to a node that stops, is tried again, at the next node."""
        for attempt in range(200):
            try:
                status, answer = call(self.node(n + attempt).port, method, path, headers, body)
                with self.lock:
                    self.statuses[status] = self.statuses.get(status, 0) + 1
                if status < 500:
                    return status, answer
            except (OSError, http.client.HTTPException):
                with self.lock:
                    self.statuses["no answer"] = self.statuses.get("no answer", 0) + 1
            with self.lock:
                self.repeats += 1
            time.sleep(0.05)
        raise RuntimeError(f"nobody answers {method} {path}")

    def seal(self, data, recipient):
        return subprocess.run(["openssl", "cms", "-encrypt", "-binary", "-aes-256-cbc", "-outform", "DER", "-recip",
                               str(self.kit / recipient), "-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256",
                               "-keyopt", "rsa_mgf1_md:sha256"], input=data, capture_output=True, check=True).stdout

    def send(self, n, reports):
        facts = self.facts
        headers = self.headers(facts["fagsystem"], "send.toml")
        headers["Content-Type"] = f"multipart/form-data; boundary={BOUNDARY}"
        kommune = facts["kommune"]
        path = (f"{API}/mottak/fagsystem/{facts['fagsystem']['fiksOrgId']}/{kommune['kommunenummer']}/"
                f"{kommune['bydelsnummer']}/offentlig")
        pdf = self.seal(b"%PDF-1.7 test", "print.cert.pem")
        while not self.stop_sending.is_set() and reports:
            key, content = reports.pop()
            body = b"".join(part(*item) for item in (("bekymringsmelding", "bekymringsmelding.pdf", pdf),
                                                     ("asice", "asice.zip", content))) + f"--{BOUNDARY}--\r\n".encode()
            n += 1
            status, answer = self.ask(n, "POST", path, {**headers, "Idempotency-Key": key}, body)
            if status == 409:  # a twin is under way: the answer comes when it has ended
                reports.append((key, content))
                time.sleep(0.1)
                continue
            if status != 201:
                self.faults.append(f"a report was answered with {status} {answer[:300]!r}")
                continue
            with self.lock:
                self.sent.setdefault(key, set()).add(json.loads(answer)["uuid"])
                self.digests[json.loads(answer)["uuid"]] = hashlib.sha256(content).hexdigest()

    def receive(self, n):
        kommune = self.facts["kommune"]
        headers = self.headers(kommune, "fetch.toml")
        queue = f"{API}/avhenting/{kommune['fiksOrgId']}/meldinger"
        while not self.stop_all.is_set():
            n += 1
            status, page = self.ask(n, "GET", f"{queue}?vent=1&antall=20", headers)
            if status != 200:
                self.faults.append(f"the list was answered with {status} {page[:300]!r}")
                continue
            for waiting in json.loads(page)["meldinger"]:
                which = waiting["bekymringsmeldingId"]
                status, content = self.ask(n, "GET", f"{queue}/{which}/innhold", headers)
                if status == 410:  # the other one was quicker
                    continue
                digest = hashlib.sha256(content).hexdigest()
                status, answer = self.ask(n, "POST", f"{queue}/{which}/mottatt", headers)
                if status != 200:
                    self.faults.append(f"a receipt was answered with {status} {answer[:300]!r}")
                with self.lock:
                    self.fetched.setdefault(which, []).append(digest)


def part(name, filename, content):
    head = (f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n")
    return head.encode() + content + b"\r\n"


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("old"), options.add_argument("new"), options.add_argument("postgres")
    options.add_argument("--seconds", type=float, default=8, help="of sending between the steps")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--reports", type=int, default=600, help="sealed before it begins")
    given = options.parse_args()
    rng = random.Random(given.seed)
    base, _, _ = given.postgres.rpartition("/")
    name = f"rolling_{os.getpid()}"
    sql = lambda database, text: subprocess.run(  # noqa: E731
        [program("psql"), "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-c", text, database], check=True, capture_output=True,
        text=True).stdout.strip()
    sql(given.postgres, f"CREATE DATABASE {name}")
    url, running = f"{base}/{name}", []
    folder = pathlib.Path(tempfile.mkdtemp(prefix="rolling-"))
    try:
        run(given, rng, url, folder, running, lambda text: sql(url, text))
    finally:
        for process in running:
            if process.poll() is None:
                process.kill()
                process.wait()
        sql(given.postgres, f"DROP DATABASE {name} WITH (FORCE)")
        shutil.rmtree(folder)


def run(given, rng, url, folder, running, sql):
    kit = folder / "kit"
    demo = subprocess.Popen([given.old, "demo", "--kit", str(kit), "--address", "127.0.0.1:0", "--database", url],
                            stdout=(folder / "demo.log").open("wb"), stderr=subprocess.STDOUT, env=environment())
    running.append(demo)
    for _ in range(600):
        if "Ctrl-C" in (folder / "demo.log").read_text():
            break
        if demo.poll() is not None:
            sys.exit((folder / "demo.log").read_text())
        time.sleep(0.1)
    site = Site(kit, given.old, rng)
    config = (f'[server]\naddress = "127.0.0.1:PORT"\n[database]\nurl = "{url}"\nmigrate_on_start = false\n'
              f'[maskinporten]\nissuer = "{site.facts["issuer"]}"\njwks_url = "{site.facts["issuer"]}jwk"\n'
              f'[access]\ncalls_per_second = 0\n[mail]\nfolder = "{folder}/varsler"\n[print]\nfolder = "{folder}/utskrift"\n')
    start = lambda binary, name: Node(binary, config, folder, name)  # noqa: E731
    before = set(sql("SELECT id FROM melding").split())
    versions = {which: sql_count(sql) for which in ["old"]}
    reports = [(str(uuid.UUID(int=rng.getrandbits(128))), site.seal(rng.randbytes(20_000), "kommune.cert.pem"))
               for _ in range(given.reports)]
    steps = []
    old = [start(given.old, "old-1"), start(given.old, "old-2")]
    running += [node.process for node in old]
    for node in old:
        node.wait_until_ready()
    site.nodes = list(old)
    began = time.monotonic()
    senders = [threading.Thread(target=guarded, args=(site, site.send, n, reports)) for n in range(3)]
    receivers = [threading.Thread(target=guarded, args=(site, site.receive, n)) for n in range(2)]
    for thread in senders + receivers:
        thread.start()
    pause = lambda: time.sleep(given.seconds)  # noqa: E731
    pause()
    migrate = folder / "old-1.toml"
    subprocess.run([given.new, "migrate", "--config", str(migrate)], check=True, capture_output=True, env=environment())
    versions["new"] = sql_count(sql)
    steps.append({"step": "migrated", "sent": len(site.sent)})
    pause()
    for n, former in enumerate(old):
        # No word to the balancer: callers find out by themselves.
        steps.append({"step": "stopped", "sent": len(site.sent), **former.stop()})
        successor = start(given.new, f"new-{n + 1}")
        running.append(successor.process)
        with site.lock:
            site.nodes.remove(former)
        successor.wait_until_ready()
        with site.lock:
            site.nodes.append(successor)
        steps.append({"step": "replaced", "sent": len(site.sent), "node": successor.name})
        pause()
    site.stop_sending.set()
    for thread in senders:
        thread.join()
    seconds = time.monotonic() - began
    acknowledged = {which for ids in site.sent.values() for which in ids}
    # A job that a node held when it was stopped is free when its lease ends.
    until = time.monotonic() + 120
    while time.monotonic() < until and not acknowledged <= set(site.fetched):
        time.sleep(0.2)
    site.stop_all.set()
    for thread in receivers:
        thread.join()
    stored = set(sql("SELECT id FROM melding").split()) - before
    delivered = set(sql("SELECT id FROM melding WHERE tilstand = 'LEVERT'").split()) - before
    histories = int(sql("SELECT count(*) FROM (SELECT melding_id FROM hendelse GROUP BY melding_id HAVING count(*) <> 3) AS odd"))
    ended = [node.stop() for node in site.nodes]
    figures = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores", "seed": given.seed, "seconds": round(seconds, 1),
        "migrations": versions, "sent": len(site.sent), "acknowledged": len(acknowledged),
        "lost": len(acknowledged - delivered), "not_fetched": len(acknowledged - set(site.fetched)),
        "duplicated": sum(len(ids) > 1 for ids in site.sent.values()) + len(stored - acknowledged),
        "broken": sum(digest != site.digests[which] for which, all in site.fetched.items() if which in site.digests
                      for digest in all),
        "odd_histories": histories, "fetched_again": sum(len(all) - 1 for all in site.fetched.values()),
        "tried_again": site.repeats, "answers": {str(status): n for status, n in sorted(site.statuses.items(), key=str)},
        "faults": site.faults[:5], "steps": steps + ended,
    }
    print(json.dumps(figures, indent=2))
    wrong = [name for name in ("lost", "not_fetched", "duplicated", "broken", "odd_histories", "faults") if figures[name]]
    wrong += ["exit codes" for step in figures["steps"] if step.get("exit", 0) != 0]
    if wrong or len(site.sent) < 50:
        sys.exit(f"FAILED: {', '.join(wrong) or 'too few reports were sent to tell'}")
    print(f"rolling upgrade: {len(site.sent)} reports sent, 0 lost, 0 duplicated, {versions['old']} → {versions['new']} migrations")


def sql_count(sql):
    return int(sql("SELECT count(*) FROM seaql_migrations"))


def guarded(site, work, *arguments):
    try:
        work(*arguments)
    except Exception as error:  # noqa: BLE001
        site.faults.append(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
