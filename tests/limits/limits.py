#!/usr/bin/python3
"""Size does not matter: memory stays flat, headers are linear or refused.

A message of 1 GB goes through in under 16 MB, from a pipe and from a file; ten
thousand recipients arrive once each; 5 MB of header is refused, its writer
heard to the end.  Under sanitizers, whose own memory is not ours, what is
asserted is that 256 MB take no more than 1 MB does.
"""
import os
import subprocess
import sys
import tempfile

BUILD = os.environ["builddir"]
OSTLER = os.environ["OSTLER"]
LINE = b"The quick brown fox jumps over the lazy dog, and all that, again.\r\n"
HEAD = (b"From: me@example.org\nTo: you@example.com\nSubject: size\n"
        b"Date: Sat, 21 Nov 2026 22:41:25 +0000\nMessage-ID: <1@example.org>\n\n")
CEILING = 16 * 1024  # KB

failures = []


def check(what, ok, saw=""):
    print("ok" if ok else "NOT OK", "-", what, saw, flush=True)
    if not ok:
        failures.append(what)


class Relay:
    def __init__(self, work, *options):
        self.dir = f"{work}/relay{len(options)}"
        self.proc = subprocess.Popen(
            [f"{BUILD}/tests/relay/relay", f"--dir={self.dir}",
             "--listen=plain,tls", "--until-eof", *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.facts = {}
        while "relay_tls" not in self.facts:
            key, _, value = self.proc.stdout.readline().strip().partition("=")
            if not key:
                sys.exit("the relay did not start")
            self.facts[key] = value.strip("'")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.proc.stdin.close()
        self.proc.wait(20)

    def stats(self):
        said = subprocess.run(
            [f"{BUILD}/tests/relay/relay", "--tell",
             self.facts["relay_control"], "stats"], check=True,
            stdout=subprocess.PIPE, text=True).stdout
        return dict(word.split("=") for word in said.split() if "=" in word)

    def options(self, listener):
        base = ["--host=localhost", f"--port={self.facts['relay_' + listener]}",
                "--from=me@example.org", "--timeout=60"]
        if listener == "tls":
            base += ["--tls=on", "--tls-starttls=off",
                     f"--tls-trust-file={self.facts['relay_ca']}"]
        return base


def peak(work, args, stdin):
    file = f"{work}/peak"
    # freed memory that AddressSanitizer holds back is not ours
    env = dict(os.environ)
    env["ASAN_OPTIONS"] = env.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"
    run = subprocess.run([f"{BUILD}/tests/limits/peak", file, OSTLER, *args],
                         stdin=stdin, stderr=subprocess.PIPE, text=True, env=env)
    with open(file, encoding="ascii") as f:
        return run.returncode, int(f.read()), run.stderr


def by_pipe(work, args, size):
    """The writer is a process of its own, so that a pipe can fill up."""
    block = LINE * 1000
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        with os.fdopen(write, "wb") as out:
            out.write(HEAD)
            for _ in range(size // len(block)):
                out.write(block)
        os._exit(0)
    os.close(write)
    result = peak(work, args, read)
    os.close(read)
    os.waitpid(pid, 0)
    return result


def by_file(work, args, size):
    path = f"{work}/big"
    block = LINE * 1000
    with open(path, "wb") as out:
        out.write(HEAD)
        for _ in range(size // len(block)):
            out.write(block)
    with open(path, "rb") as stdin:
        result = peak(work, args, stdin)
    os.unlink(path)
    return result


def memory(work):
    with open(OSTLER, "rb") as f:
        sanitized = b"__asan_init" in f.read()
    size = 256 << 20 if sanitized else 1 << 30
    with Relay(work, "--discard") as relay:
        args = [*relay.options("tls"), "you@example.com"]
        for way in (by_pipe, by_file):
            status, small, _ = way(work, args, 1 << 20)
            check(f"1 MB {way.__name__}", status == 0, f"exit {status}")
            status, big, stderr = way(work, args, size)
            check(f"{size >> 20} MB {way.__name__}", status == 0, f"exit {status} {stderr}")
            check("memory does not grow", big - small < 4096,
                  f"{small} KB, {big} KB")
            if not sanitized:
                check("memory under the ceiling", big < CEILING, f"{big} KB")
        check("four messages arrived", relay.stats()["accepted"] == "4")


def many_recipients(work):
    n = 10000
    names = [f"recipient-number-{i}@example.com" for i in range(n)]
    message = (b"To: " + ",\n ".join(names).encode() + b"\nCc: "
               + ",\n\t".join(f'"Name, {i}" <{a}>' for i, a in enumerate(names))
               .encode() + b"\nSubject: many\n\nhello\n")
    with Relay(work) as relay:
        run = subprocess.run([OSTLER, *relay.options("plain"), "-t"],
                             input=message, stderr=subprocess.PIPE)
        check("ten thousand recipients", run.returncode == 0, run.stderr)
        with open(f"{relay.dir}/1.env", encoding="ascii") as f:
            rcpt = [line[8:].strip() for line in f if line.startswith("rcpt_to=")]
        check("each once, in order", rcpt == names, f"{len(rcpt)}")


def huge_header(work):
    with Relay(work) as relay:
        message = "To: you@example.com\nX-Long: " + "x" * (5 << 20) + "\n\nb\n"
        run = subprocess.run([OSTLER, *relay.options("plain"), "-t"],
                             input=message, stderr=subprocess.PIPE, text=True)
        check("5 MB of header is refused", run.returncode == 65, run.stderr)
        check("in one line", run.stderr.count("\n") == 1
              and "header" in run.stderr)
        check("nothing was sent", relay.stats()["accepted"] == "0")


def main():
    with tempfile.TemporaryDirectory(prefix="ostler-limits.") as work:
        memory(work)
        with tempfile.TemporaryDirectory(dir=work) as inner:
            many_recipients(inner)
        with tempfile.TemporaryDirectory(dir=work) as inner:
            huge_header(inner)
    sys.exit(1 if failures else 0)


main()
