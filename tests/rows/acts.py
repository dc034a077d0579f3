"""Every row of the option table acts: where its test is, and how they are run.

A test is a function acts_KEY(c) in a file *rows.py of this folder; it shows that KEY
changes what happens, so that it fails when the row is read and then forgotten.  Each
file's last line is acts.main(), which first holds the functions of all the files
against the table: a row without a function, a function without a row, and one that
is there twice, are failures of every file.

A row that has a long option or a letter is tested as that, too: the same function
runs again, with the rc lines of the row moved to the command line.
"""

import glob
import os
import re
import subprocess
import sys
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("builddir", ".")


def table():
    """KEY -> (its letter or "-", where it may be said), for each row."""
    text = subprocess.run([f"{BUILD}/tests/check/table"], check=True,
                          capture_output=True, text=True).stdout
    rows = (line.split("\t") for line in text.splitlines())
    return {row[1]: (row[2], set(row[3].split(","))) for row in rows if row[0] == "set"}


def functions():
    """The keys that have a test, once for each that is written down."""
    for name in sorted(glob.glob(os.path.join(HERE, "*rows.py"))):
        with open(name, encoding="utf-8") as f:
            yield from re.findall(r"(?m)^(?:def )?acts_(\w+)(?:\(c\):| = acts_\w+)$", f.read())


def unmatched(rows):
    """What is wrong with the list of tests, a line each."""
    found = list(functions())
    return [f"no test for {key}" for key in sorted(rows.keys() - found)] + \
        [f"no row for acts_{key}" for key in sorted(set(found) - rows.keys())] + \
        [f"acts_{key} is there twice" for key in sorted(set(found)) if found.count(key) > 1]


def moved(run, key, letter):
    """A Case's RUN that says KEY on the command line, where its rc file would say it.

    "ostler queue" gets nothing instead: what was queued brings its settings along.
    With --host no file is read, so that all the lines go with it.
    """
    def is_moved(line):
        return key in (line.split(" ")[0], "host") and not line.startswith("account ")

    def option(line):
        name, _, value = line.partition(" ")
        return [letter, value] if letter else [f"--{name.replace('_', '-')}={value}"]

    def instead(*args, **more):
        if "-C" not in args:
            return run(*args, **more)
        at = args.index("-C")
        with open(args[at + 1], encoding="utf-8") as f:
            lines = f.read().splitlines()
        with open(args[at + 1] + ".less", "w", encoding="utf-8",
                  opener=lambda name, flags: os.open(name, flags, 0o600)) as f:
            f.writelines(line + "\n" for line in lines if not is_moved(line))
        words = [] if "queue" in args else \
            [word for line in lines if is_moved(line) for word in option(line)]
        return run(*args[:at], *words, "-C", args[at + 1] + ".less", *args[at + 2:], **more)
    return instead


def ways(key, letter, where):
    """How the row can be said: a name for it, and what makes a Case's run say it so."""
    yield "rc", None
    if "long" in where:
        yield "--" + key.replace("_", "-"), lambda run: moved(run, key, None)
    if letter != "-":
        yield "-" + letter, lambda run: moved(run, key, "-" + letter)


def succeeds(name, test, new_case, change):
    c = new_case()
    try:
        if change:
            c.run = change(c.run)
        test(c)
        print("ok -", name, flush=True)
        return True
    except Exception:  # pylint: disable=broad-except
        print("NOT OK -", name, flush=True)
        traceback.print_exc(file=sys.stdout)
        return False
    finally:
        c.clear()


def main(new_case):
    rows = table()
    wrong = unmatched(rows)
    for line in wrong:
        print("NOT OK -", line)
    tests = {k[5:]: v for k, v in vars(sys.modules["__main__"]).items() if k.startswith("acts_")}
    wanted = [key for key in tests if key in rows and key in (sys.argv[1:] or tests)]
    results = [succeeds(f"{key} ({name})", tests[key], new_case, change)
               for key in wanted for name, change in ways(key, *rows[key])]
    print(f"{len(wanted)} settings, {len(results)} ways to say them, "
          f"{results.count(False) + len(wrong)} failed")
    sys.exit(0 if results and all(results) and not wrong else 1)
