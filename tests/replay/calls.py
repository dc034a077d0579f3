"""The recordings themselves: all are there, whole, understood, and replayed once.

notes.md states facts about stdin.eml.  They are compared with the bytes, so that a
checkout or an archive that changes line ends is noticed here.
"""

import ast
import fnmatch
import os
import re
import sys

sys.dont_write_bytecode = True

from lib import notes, rules  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
CALLS = 100


def families():
    """Pattern -> the file that replays it."""
    found = {}
    for name in sorted(os.listdir(HERE)):
        if not name.endswith(".py"):
            continue
        with open(os.path.join(HERE, name), encoding="utf-8") as f:
            tree = ast.parse(f.read())
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "replay.main":
                found.update((arg.value, name) for arg in node.args)
    return found


def facts(text, raw):
    """Yields (what notes.md says, whether it holds)."""
    line = next((x for x in text.splitlines() if x.startswith("- stdin: ")), None)
    if line is None:
        yield "no message", raw == b""
        return
    crlf, lf = raw.count(b"\r\n"), raw.count(b"\n")
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    m = re.search(r"stdin: (\d+) bytes", line)
    yield m[0], len(raw) == int(m[1])
    mixed = re.search(r"mixed, (\d+) CRLF and (\d+) bare LF", line)
    if mixed:
        yield mixed[0], (crlf, lf - crlf) == (int(mixed[1]), int(mixed[2]))
    else:
        yield "all LF or all CRLF", ("all CRLF" in line, "all LF" in line) == (crlf == lf, crlf == 0)
    yield "no newline at the end", ("no newline at the end" in line) == (not raw.endswith(b"\n"))
    yield "8-bit body", ("8-bit body" in line) == (not body.isascii())
    yield "8-bit header", ("raw 8-bit bytes in the header" in line) == (not head.isascii())
    yield "NUL", ("NUL byte" in line) == (b"\0" in raw)
    yield "lone dot", ("lone dot" in line) == (b"." in body.split(b"\n"))
    message = rules.Message(raw)
    if "no Message-ID header" in line or "mbox" in line:
        for name in rules.MADE:
            yield f"no {name.decode()}", (f"no {name.decode()}" in line) == (name in message.missing())
    yield "Bcc", ("Bcc header" in line) == any(f.name == b"bcc" for f in message.fields)


def main():
    names = sorted(os.listdir(notes.CALLS))
    patterns = families()
    bad = [] if len(names) == CALLS else [f"{len(names)} folders instead of {CALLS}"]
    for name in names:
        by = [p for p in patterns if fnmatch.fnmatch(name, p)]
        if len(by) != 1:
            bad.append(f"{name}: replayed by {by}")
        call = notes.Call(name)
        if call.expect.kind == notes.DIALOGUE:
            continue
        with open(os.path.join(notes.CALLS, name, "notes.md"), encoding="utf-8") as f:
            bad += [f"{name}: {fact}: it is not so" for fact, holds in facts(f.read(), call.stdin)
                    if not holds]
    print(*bad, sep="\n")
    print(f"{len(names)} recordings, {len(bad)} complaints")
    sys.exit(bool(bad))


main()
