"""A recorded call: what was run, in which surroundings, and what notes.md expects.

The expectation is read from the "expect:" list of notes.md, which was written down
when the call was recorded.
"""

import json
import os
import re

CALLS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "calls")

MAIL, DIALOGUE, USAGE, EMPTY_QUEUE, NOTHING, BAD_ADDRESS = (
    "mail", "dialogue", "usage", "empty queue", "nothing", "bad address")


class Call:
    """One folder of calls/."""

    def __init__(self, name, folder=CALLS):
        self.name = name
        self.argv = json.loads(self._read(folder, "argv.json"))
        self.env = json.loads(self._read(folder, "env.json"))
        path = os.path.join(folder, name, "stdin.eml")
        self.stdin = self._read(folder, "stdin.eml") if os.path.exists(path) else b""
        self.expect = Expect(self._read(folder, "notes.md").decode())

    def _read(self, folder, name):
        with open(os.path.join(folder, self.name, name), "rb") as f:
            return f.read()

    @property
    def account(self):
        """The account that argv names, or None."""
        return self.argv[self.argv.index("-a") + 1] if "-a" in self.argv else None

    @property
    def verbose(self):
        """Were progress lines asked for?"""
        return "-v" in self.argv


class Expect:
    """kind: one of the words above.  sender: None is the default; may be bare.
    rcpts: may be bare.  name: for a From that is made, or None."""

    def __init__(self, text):
        lines = self._expected(text)
        whole = "\n".join(lines)
        self.sender, self.rcpts, self.name = None, [], None
        self.notify = self.ret = None
        self.kind = MAIL
        if "SMTP dialogue:" in whole:
            self.kind = DIALOGUE
            self.sender = re.search(r"MAIL FROM:<(.*?)>", whole)[1]
            self.rcpts = re.findall(r"RCPT TO:<(.*?)>", whole)
        elif "usage error" in whole and "exit 64" in whole:
            self.kind = USAGE
        elif "reports an empty queue" in whole:
            self.kind = EMPTY_QUEUE
        elif "exit 0 and no output" in whole:
            self.kind = NOTHING
        elif "must be diagnosed (exit 65)" in whole:
            self.kind = BAD_ADDRESS
        else:
            self._mail(lines)

    @staticmethod
    def _expected(text):
        inside, lines = False, []
        for line in text.splitlines():
            if line.startswith("- "):
                inside = line.startswith("- expect:")
            elif inside and line.strip():
                lines.append(line.strip().removeprefix("- "))
        if not lines:
            raise ValueError("nothing is expected")
        return lines

    def _mail(self, lines):
        facts = dict(line.split(": ", 1) for line in lines if ": " in line)
        sender = facts["envelope sender"]
        if not sender.startswith("default"):
            self.sender = sender.split(" (")[0].removeprefix("<").removesuffix(">")
        rcpts = re.sub(r" [(\[][^)\]]*[)\]]", "", facts["recipients"])
        self.rcpts = [r.strip() for r in rcpts.split(",")]
        wishes = facts.get("DSN wishes")
        if wishes:
            self.notify = re.search(r"NOTIFY=([A-Z,]+)", wishes)[1]
            self.ret = re.search(r"RET=([A-Z]+)", wishes)[1]
        for line in lines:
            m = re.match(r"full name '(.*)' for a From header", line)
            if m:
                self.name = m[1].strip().removeprefix('"').removesuffix('"')
