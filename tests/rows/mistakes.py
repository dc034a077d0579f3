#!/usr/bin/python3
"""What people write wrong: each mistake ends the program at once, with the status for
it and one line that names the place, what is wrong, and what to write instead.

The first half goes through the option table, so that a row without a test fails.  No
relay is ever called.
"""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests/weakness"))
import case  # noqa: E402 (the path comes first)

BUILD = os.environ.get("builddir", ".")
TO = "you@example.com"
TIMES = ("nonsense", "-1", "0", "1y", "99999999999999999999", "1 h")

# What a row's argument is called, and what it cannot be.
WRONG = {
    "N": (("nonsense", "-1", "0", "1.5", "99999999999999999999"),
          "is not (a number from 1 to|in the range 1 to) [0-9]+"),
    "TIME": (TIMES, "is not (a time such as 30 .seconds.|in the range [0-9]+ to)"),
    "SCHEDULE": (("nonsense", "0", "1m*0", "1m*2..x"), "is no schedule such as 1m"),
    "HOST...": (("h:25", "smtp://h", "h # mine"), "is no host name"),
    "HOST": (("h:25", "smtp://h", "a b"), "is (no host name|more than one word)"),
    "IP": (("nonsense", "1.2.3", "::g"), "is no IPv4 or IPv6 address"),
    "COND": (("nonsense", "never,failure", "failure;delay"), "is not one of|stand alone"),
    "HEX[,HEX...]": (("nonsense", "ab:cd", "abc"), "hexadecimal digits|is no fingerprint"),
    "WORD": (("nonsense", "yes", "On", "0"), "is not one of [^ ]+, "),
    "METHOD": (("nonsense", "PLAIN", "cramd5"), "is not one of off, on, scram-sha-256-plus, "),
    "-": (("on", "off"), "takes no argument"),
}
ONE_WORD = {"domain", "tls_host_override", "qualify_domain", "maildomain"}
# every text will do, or only the world can tell
FREE = {"from_full_name", "user", "password", "passwordeval", "passwordfile", "ntlmdomain",
        "proxy_user", "proxy_password", "socket", "tls_trust_file", "tls_crl_file",
        "tls_key_file", "tls_cert_file", "tls_priorities", "logfile", "logfile_time_format",
        "aliases", "queue_dir", "bs_auth", "from"}
BLOCKS = {"account", "defaults", "eval", "include"}
EMPTY_IS_WRONG = {"host", "port", "timeout", "connect_timeout", "deadline", "protocol",
                  "allow_from_override", "tls_resumption", "dsn_notify", "dsn_return",
                  "pipelining", "chunking", "eightbit", "queue", "queue_lifetime",
                  "queue_warn", "sender", "partial"}


def rows():
    table = subprocess.run([f"{BUILD}/tests/check/table"], check=True,
                           capture_output=True, text=True).stdout
    for line in table.splitlines():
        kind, key, *more = line.split("\t")
        if kind == "set" and key not in BLOCKS:
            flags, arg = more[1], more[4]
            yield key, set(flags.split(",")), "-" if "noarg" in flags else arg


def values(key, arg):
    if key == "tls_force_sslv3" or key in FREE:
        return (), ""
    if key in ONE_WORD:
        return ("a b",), "is more than one word"
    return WRONG[arg]


def refused(run, status, pattern):
    """One line with these words in it."""
    assert run.status == status, (run.status, run.err)
    assert run.err.count("\n") == 1 and not run.out, (run.err, run.out)
    assert re.match(r"(ostler|sendmail|msmtp): ", run.err), run.err
    assert re.search(pattern, run.err), (pattern, run.err)


def file_with(c, *lines):
    return c.write("rc", "".join(line + "\n" for line in lines))


BASE = ("account default", "host 127.0.0.1", "port 1", "from me@example.org")


def mistake_value_in_a_file(c):
    tried = 0
    for key, flags, arg in rows():
        for value in values(key, arg)[0] if "rc" in flags else ():
            rc = file_with(c, *(line for line in BASE if line.split()[0] != key),
                           f"{key} {value}")
            line = len(BASE) + (key not in ("host", "port"))
            told = values(key, arg)[1]
            refused(c.run("-C", rc, TO), 78, f"{rc}:{line}: {key}:? .*({told})")
            tried += 1
        if "rc" in flags and key in EMPTY_IS_WRONG:
            rc = file_with(c, *(line for line in BASE if line.split()[0] != key), key)
            refused(c.run("-C", rc, TO), 78, f"{rc}:[45]: {key}: a value is needed")
    assert tried > 150, tried


def mistake_value_of_an_option(c):
    for key, flags, arg in rows():
        name = "--" + key.replace("_", "-")
        for value in values(key, arg)[0] if "long" in flags else ():
            refused(c.run(f"{name}={value}", TO), 64,
                    f"ostler: {name}: .*({values(key, arg)[1]})")
        if "long" in flags and "optional" not in flags:
            refused(c.run(name), 64, f"ostler: {name} needs a value")
        if "long" not in flags:
            refused(c.run(f"{name}=x", TO), 64, f"(unknown option|there is no|no) '?{name}")


def mistake_twice(c):
    """The same row with another argument: both lines are named."""
    other = {"WORD": None, "METHOD": ("on", "plain"), "N": ("1", "2"), "TIME": ("1h", "2h"),
             "SCHEDULE": ("1m", "2m"), "IP": ("127.0.0.1", "127.0.0.2"), "COND": ("never", "failure")}
    words = {"protocol": ("smtp", "lmtp"), "dsn_return": ("headers", "full"),
             "set_date_header": ("auto", "off"), "set_msgid_header": ("auto", "off"),
             "pipelining": ("auto", "full"), "chunking": ("auto", "off"),
             "eightbit": ("pass", "refuse"), "sender": ("fix", "force")}
    for key, flags, arg in rows():
        if "rc" not in flags or arg in ("-", "HOST...", "HEX[,HEX...]") or \
                key in ("tls_force_sslv3", "port", "from"):
            continue
        one, two = words.get(key) or other.get(arg) or \
            (("on", "off") if arg == "WORD" else ("some", "thing"))
        rc = file_with(c, *BASE, f"{key} {one}", f"{key} {two}")
        refused(c.run("-C", rc, TO), 78,
                f"{rc}:6: {key} has another value already, in line 5 of '{rc}'; keep one")


# The file's lines behind "account default" (or whole), and what is said.
FILES = (
    # contradictions
    ("host h|from a@b|tls_key_file k", "RC:4: tls_key_file .*; write 'tls_cert_file FILE'"),
    ("host h|from a@b|tls_cert_file k", "RC:4: tls_cert_file .*; write 'tls_key_file FILE'"),
    ("host h|from a@b|auth on", "RC:4: auth needs a name .*; write 'user NAME', or 'auth off'"),
    ("host h|from a@b|tls off|tls_fingerprint " + "ab" * 32,
     "RC:5: tls_fingerprint .* without TLS; write 'tls on', or remove"),
    ("host h|from a@b|tls on|tls_trust_file", "RC:5: tls_trust_file is empty.*; write 'tls_trust"),
    ("host h|from a@b|tls on|tls_trust_file|tls_crl_file x", "RC:6: tls_crl_file .*; write"),
    ("host h|from a@b|user u|auth plain|password p", "RC:5: auth would send .*; write 'tls on'"),
    ("host h|from a@b|proxy_user u", "RC:4: proxy_user .*; write 'proxy_host NAME'"),
    ("host h|from a@b|proxy_host p|proxy_password x", "RC:5: proxy_password .*; write 'proxy_user"),
    ("host h|from a@b|protocol lmtp", "RC:4: protocol lmtp .*; write 'port N' or 'socket PATH'"),
    ("from a@b", "RC:1: account 'default' names no relay; write 'host NAME'"),
    ("host h|sender fix", "RC:3: sender needs the address .*; write 'from ADDRESS'"),
    ("host h|sender force|from *@b", "RC:3: sender needs the one address .*; write 'from ADD"),
    # values that only turn out wrong when they are used
    ("host h|from @@b", "RC:3: sender '@@b' is not an address: a name without"),
    ("host h|from a@b|aliases /nowhere", "RC:4: aliases: cannot open '/nowhere': No such file"),
    ("host 127.0.0.1|from a@b|port 1|tls on|tls_priorities WHAT",
     "RC:6: tls_priorities: not understood from 'WHAT'"),
    ("host h|from a@b|user u|auth on|tls on|passwordfile /nowhere",
     "RC:7: passwordfile: cannot open '/nowhere': No such file"),
    ("host h|from a@b|user u|auth on|tls on|passwordeval exec 2>/dev/null; no-such-thing",
     "RC:7: the command of 'passwordeval': exited with 127 .no such command."),
    # commands
    ("host h|tsl on", "RC:3: unknown command 'tsl'; did you mean 'tls'?"),
    ("host h|tls_certchek on", "RC:3: unknown command 'tls_certchek'; did you mean 'tls_certcheck'"),
    ("smtp_host h", "RC:2: unknown command 'smtp_host'; did you mean 'host'"),
    ("host h|port=25", "RC:3: unknown command 'port=25'; did you mean 'port'"),
    ("host h|tls on # of course", "RC:3: tls: .*a comment needs a line of its own"),
    ("host h|user ${NOBODY_KNOWS}", r"RC:3: the environment has no 'NOBODY_KNOWS'; \$\{NOBODY_KNOWS:-"),
    # accounts
    ("host h|account default|host h", "RC:3: account 'default' is there already, in line 1"),
    ("host h|account x : y", "RC:3: there is no account 'y' above"),
    ("host h|account x : x", "RC:3: account 'x' cannot inherit from itself"),
    ("host h|account x :", "RC:3: an account name is missing"),
)


def mistake_in_a_file(c):
    for lines, told in FILES:
        rc = file_with(c, "account default", *lines.split("|"))
        to = "root" if "aliases" in lines else TO
        refused(c.run("-C", rc, to), 78, told.replace("RC", re.escape(rc)))


def mistake_no_account(c):
    for text, told in (("", "defines none; write 'account default'"),
                       ("defaults\ntls on\n", "defines none; write 'account default'"),
                       ("account work\nhost h\n", "-a, or write 'account default : work'")):
        rc = c.write("rc", text)
        refused(c.run("-C", rc, TO), 78, f"account 'default' not found.*{rc}.*{told}")
    rc = c.write("rc", "account work\nhost h\naccount default : work\n")
    refused(c.run("-C", rc, "-a", "wrok", TO), 78, "'wrok' not found in .*rc; did you mean 'work'")


def mistake_no_text(c):
    """What is no text file, or none at all, is said to be so."""
    path = c.path("junk")
    for junk, told in ((b"\x7fELF\0\1\n" * 150000, f"{path}:1: a NUL byte; is this a text file"),
                       (os.urandom(1 << 20), f"{path}:[0-9]+: .*"),
                       (b"x" * (1 << 20), f"{path}:1: longer than 65536 bytes"),
                       (b"host h\n\x1b[31m\n", f"{path}:2: control character 27; is this"),
                       (b"host h\n" * 100000, f"{path}:101: host: more than 100 of them"),
                       (b"# none\n" * (5 << 20), f"'?{path}'? is larger than [0-9]+ bytes")):
        with open(path, "wb") as f:
            f.write(junk)
        refused(c.run("-C", path, TO), 78, told)
    os.mkdir(c.path("d"))
    refused(c.run("-C", c.path("d"), TO), 74, "cannot read '.*d': it is a directory")
    refused(c.run("-C", c.path("nowhere"), TO), 74,
            "cannot open '.*nowhere': No such file or directory .it is the configuration file")
    os.symlink("loop", c.path("loop"))
    refused(c.run("-C", c.path("loop"), TO), 74, "cannot open '.*loop': Too many levels")


def mistake_unreadable(c):
    """As an ordinary user: -C of a file that is closed; and a password open to others."""
    root = os.getuid() == 0
    user = c.ordinary() if root else {}
    rc = c.write("closed", "host h\nfrom a@b\n", 0o600 if root else 0)
    refused(c.run("-C", rc, TO, **user), 74, f"cannot open '{rc}': Permission denied")
    rc = c.write("rc", "host h\nfrom a@b\npassword sesame\n", 0o640)
    if root:
        os.chown(rc, 65534, 65534)
    run = c.run("-C", rc, TO, **user)
    refused(run, 78, f"'{rc}' holds secrets and its mode is 640: run chmod 600 '{rc}'")
    assert "sesame" not in run.err


def mistake_passed_over(c):
    """As an ordinary user: his own file is passed over when he may not read it, and named
    when there is no account."""
    root = os.getuid() == 0
    user = c.ordinary() if root else {}
    rc = c.write(".msmtprc", "host h\nfrom a@b\n", 0o600 if root else 0)
    if root:  # a sendmail believes in a HOME that is the caller's
        os.chown(c.dir, 65534, 65534)
    closed = f"cannot open '{rc}': Permission denied"
    for name in ("ostler", "msmtp", "sendmail"):
        refused(c.run(TO, argv0=name, **user), 78, f"account 'default' not found: {closed}$")
    run = c.run("--print-config", "--host=h", "--from=a@b", **user)
    assert (run.status, run.err) == (0, ""), run.err


def mistake_on_the_command_line(c):
    rc = file_with(c, *BASE)
    for args, told in (
            ([], "no recipients; name them, or use -t"),
            (["-t"], "no recipients: none were given and the message names none"),
            (["--hlep"], "unknown option '--hlep'; did you mean '--help'"),
            (["--tsl"], "unknown option '--tsl'; did you mean '--tls'"),
            (["-z"], "unknown option '-z'"),
            (["--tls-c"], "'--tls-c' is ambiguous: --tls-certcheck, --tls-crl-file"),
            (["--help=me"], "--help takes no value"),
            (["--tls=", TO], "--tls: a value is needed behind '='"),
            (["--host=h", "-a", "x", TO], "--host and --account exclude one another"),
            (["-f", "a@b", "--read-envelope-from", "-t"], "--from and --read-envelope-from ex"),
            (["--serverinfo", "--rmqs=x"], "--serverinfo and --rmqs exclude one another"),
            (["--serverinfo", TO], f"'{TO}' is too much"),
            (["--password=sesame", TO], "there is no --password.*use --passwordeval or"),
            (["--tls", "on", TO], "'on' would be a recipient; write --tls=on"),
            (["-q15x"], "-q: '15x' is no time such as 30s, 15m"),
            (["-bd"], "-b: mode 'd' asks for a daemon"), (["-bz"], "-b: no such mode 'z'")):
        refused(c.run("-C", rc, *args, mail=b"Subject: x\n\nhi\n"), 64, "^ostler: " + told)


def main():
    failed = done = 0
    for name, test in sorted(globals().items()):
        if not name.startswith("mistake_") or (sys.argv[1:] and name[8:] not in sys.argv[1:]):
            continue
        c = case.Case()
        try:
            test(c)
            done += 1
            print("ok -", name[8:], flush=True)
        except Exception as e:  # pylint: disable=broad-except
            failed += 1
            print("NOT OK -", name[8:], type(e).__name__, e, flush=True)
        finally:
            c.clear()
    print(f"{done} good, {failed} not")
    sys.exit(1 if failed or not done else 0)


main()
