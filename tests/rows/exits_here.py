"""What this machine has to do with it: the command line, names, files, the account.

Tests of exits.py, which says how they are read.
"""

import contextlib
import ctypes
import os
import resource
import shutil
import socket
import subprocess
import threading

import case
from case import MAIL
from exits_call import LOGIN, TO, Scripted, bare, call, sanitized, talk, with_tls

LARGE = MAIL + b"a line of the body\n" * 100000
LIBC = ctypes.CDLL(None)
PIPE = 200000  # bytes, more than a pipe holds


# --- the log ---

def test_0_log_cannot_be_written(c):
    yield talk(c, rc=(f"logfile {c.path('none/log')}",)), \
        "cannot log to '.*none/log': .*No such file.* the line was: .*exitcode=EX_OK"


def test_0_log_goes_to_a_broken_stdout(c):
    yield call(c, "-X", "-", TO, port=Scripted().port, preexec_fn=lambda: os.dup2(
        os.open("/dev/full", os.O_WRONLY), 1)), "cannot log to '-': .*No space left"


# --- the command line ---

def test_64_option_unknown(c):
    yield call(c, "--nonsense", TO), "unknown option '--nonsense'"


def test_64_value_wrong(c):
    yield call(c, "--port=0", TO), "--port: "


def test_64_options_exclude_one_another(c):
    yield call(c, "--serverinfo", "--rmqs=x"), "--serverinfo and --rmqs exclude"
    yield call(c, "--host=h", "-a", "x", TO), "--host and --account exclude"
    yield call(c, "-f", "a@b", "--read-envelope-from", TO), "--from and --read-envelope-from ex"


def test_64_no_recipients(c):
    yield c.run("-C", c.rc(1), argv0="msmtp"), "no recipients"
    yield call(c, "-t", mail=b"Subject: x\n\nbody\n"), "no recipients"


def test_64_no_from_to_be_read(c):
    yield call(c, "--read-envelope-from", TO, mail=b"Subject: x\n\nbody\n"), \
        "--read-envelope-from: the message has no From"


def test_64_argument_too_much(c):
    for mode in ("--serverinfo", "--rmqs=x"):
        yield call(c, mode, TO), f"'{TO}' is too much"


def test_65_configure_without_an_address(c):
    yield call(c, "--configure=nobody"), "--configure: 'nobody' has no domain"


# --- files of certificates ---

def unusable(c, key, *rc):
    """The file of KEY is not there, a folder, something else."""
    for path, told in ((c.path("none"), "No such file"), (c.dir, "is a directory"),
                       (c.write("text", "no PEM\n"), "text")):
        yield with_tls(c, f"{key} {path}", *rc), f"{key}: .*{told}|key.*cannot be used"


def test_66_trust_file_unreadable(c):
    yield from unusable(c, "tls_trust_file")


def test_66_crl_file_unreadable(c):
    with c.relay() as relay:
        yield from unusable(c, "tls_crl_file", f"tls_trust_file {relay.ca}")


def test_66_key_file_unreadable(c):
    with c.relay() as relay:
        yield from unusable(c, "tls_key_file", f"tls_cert_file {relay.folder}/ca/client.pem")


def test_66_cert_file_unreadable(c):
    with c.relay() as relay:
        yield from unusable(c, "tls_cert_file", f"tls_key_file {relay.folder}/ca/client.key")


# --- names, in namespaces of their own ---

def apart(test):
    test.apart = True
    return test


@contextlib.contextmanager
def instead_of(path, source):
    """SOURCE stands at PATH, if there is something."""
    there = os.path.exists(path)
    place = os.path.realpath(path).encode()
    if there and LIBC.mount(source.encode(), place, None, 4096, None):  # MS_BIND
        raise OSError(f"cannot mount {path}")
    try:
        yield
    finally:
        if there:
            LIBC.umount2(place, 2)  # MNT_DETACH


@contextlib.contextmanager
def names(c, verdict):
    """Every name gets this verdict: 3, there is none; 2, the server has trouble."""
    def serve():
        while (question := server.recvfrom(512))[0]:
            asked, client = question
            server.sendto(asked[:2] + bytes([0x81, 0x80 | verdict]) + asked[4:6] + bytes(6) +
                          asked[12:], client)

    server = socket.socket(type=socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    resolv = c.write("resolv", "nameserver 127.0.0.1\noptions attempts:1\n")
    try:
        with instead_of("/etc/resolv.conf", resolv), \
                instead_of("/etc/nsswitch.conf", c.write("nsswitch", "hosts: files dns\n")):
            yield
    finally:
        server.sendto(b"", server.getsockname())
        thread.join(10)
        server.close()


NAMED = ("account default", "host relay.example.com", "from me@example.org")


@apart
def test_68_relay_name_does_not_exist(c):
    with names(c, 3):
        yield bare(c, *NAMED), "cannot find 'relay.example.com': no such host"


def test_68_relay_name_cannot_exist(c):
    name = "x" * 64 + ".example.com"
    yield bare(c, NAMED[0], f"host {name}", NAMED[2]), name


@apart
def test_68_configure_finds_no_record(c):
    with names(c, 3):
        yield c.run("--configure=me@example.com", argv0="msmtp"), "'example.com' does not publish"


@apart
def test_75_names_cannot_be_looked_up(c):
    with names(c, 2):
        yield bare(c, *NAMED), "cannot look up 'relay.example.com'"
        yield c.run("--configure=me@example.com", argv0="msmtp"), "cannot look up '.*example.com'"


SYSCONFDIR = os.environ.get("sysconfdir", "/etc")


@contextlib.contextmanager
def etc(c, mailname):
    """The folder of the mailname, if there is one, has this, and what programs want."""
    os.mkdir(c.path("etc"))
    for name in "passwd", "group", "nsswitch.conf", "hosts", "ld.so.cache":
        if os.path.exists("/etc/" + name):
            shutil.copy("/etc/" + name, c.path("etc"))
    c.write("etc/mailname", mailname)
    with instead_of(SYSCONFDIR, c.path("etc")):
        yield


@apart
def test_78_mailname_is_no_domain(c):
    with etc(c, "bad name\n"):
        told = f"{SYSCONFDIR}/mailname: 'bad name' is no domain name" \
            if os.path.isdir(SYSCONFDIR) else "mailname is missing"
        yield bare(c, *NAMED[:2], "from me@%M"), f"rc:3: .*{told}"
        if os.path.isdir(SYSCONFDIR):
            yield c.run("-C", c.rc(1, "queue off"), "root", argv0="sendmail"), told


@apart
def test_78_alias_of_this_host(c):
    """Not of a look-up, but of the hosts file, and of a mailname that begins as the host's
    name does; seen by its leading to itself."""
    host = socket.gethostname().partition(".")[0]
    path = c.write("aliases", "a: b@localhost\nb: a\n")
    rc = c.rc(1, f"aliases {path}")
    hosts = c.write("hosts", f"127.0.0.1 localhost\n127.0.1.1 full.example.org "
                    f"{socket.gethostname()}\n", 0o644)
    with instead_of("/etc/hosts", hosts):
        yield c.run("-C", rc, "a@full.example.org", argv0="msmtp"), "leads to itself"
    if os.path.isdir(SYSCONFDIR):
        with etc(c, f"{host}.example.net\n"):
            yield c.run("-C", rc, f"a@{host}.example.net", argv0="msmtp"), "leads to itself"


@apart
def test_78_mailname_missing(c):
    empty = c.write("empty", "")
    with instead_of(SYSCONFDIR + "/mailname", empty):
        yield bare(c, *NAMED[:2], "from me@%M"), "rc:3: .*mailname is missing or empty"
        yield bare(c, *NAMED[:2], "domain %M"), "rc:3: .*mailname is missing or empty"


# --- a library ---

def test_70_tls_library_fails(c):
    """The administrator's policy for all programs is not understood by GnuTLS."""
    c.env["GNUTLS_SYSTEM_PRIORITY_FILE"] = c.write(
        "policy", "[overrides]\ndefault-priority-string = NONSENSE\n")
    yield with_tls(c), "cannot set up TLS: .*policy"


def test_78_priorities_wrong(c):
    yield with_tls(c, "tls_priorities NORMAL:-NONSENSE"), "tls_priorities: .*NONSENSE"


def test_78_password_unfit(c):
    """SCRAM passwords are prepared by RFC 4013, which forbids this character; libgsasl
    loses a few bytes over it."""
    c.env["ASAN_OPTIONS"] = "detect_leaks=0"
    with c.relay("--user=me:sesame") as relay:
        yield call(c, port=relay.port, rc=(*LOGIN[:2], "password a\u200eb")), \
            "login by SCRAM-SHA-256: "


# --- the system ---

def out_of_files(c, mail):
    """The program has read some of the mail; before it has the rest it may open nothing
    more.  The search for leaks would need to."""
    c.env["ASAN_OPTIONS"] = "detect_leaks=0"
    with subprocess.Popen(
            ["msmtp", "--host=127.0.0.1", "--port=1", "-f", "me@example.org", TO],
            executable=case.OSTLER, env=c.env, stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        process.stdin.write(mail[:PIPE])
        process.stdin.flush()
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (3, 3))
        err = process.communicate(mail[PIPE:], timeout=30)[1]
    return case.Run(process, b"", err.decode(), 0)


def test_71_socket_cannot_be_made(c):
    yield out_of_files(c, LARGE[:2 * PIPE]), "cannot make a socket: Too many open files"


def test_71_source_ip_not_ours(c):
    yield call(c, port=Scripted().port, rc=("source_ip 192.0.2.1",)), \
        "cannot use source_ip '192.0.2.1': Cannot assign"


def test_71_out_of_memory(c):
    """With more and more of it, up to where there is enough for the start only.
    Sanitizers cannot live with so little."""
    if sanitized():
        return
    for kilobytes in range(100, 20000, 50):
        most = kilobytes << 10, kilobytes << 10
        run = call(c, mail=LARGE, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, most))
        if run.status != 127:  # the loader's word
            break
    yield run, "^msmtp: out of memory$"


# --- local files ---

def test_73_queue_cannot_be_made(c):
    yield call(c, rc=("queue only", "queue_dir /proc/none/queue")), \
        "cannot make '/proc/none': "


def test_75_temporary_file_cannot_be_made(c):
    """Nowhere, and there are no pages of memory for it either."""
    yield out_of_files(c, LARGE), "cannot make a temporary file: Too many open files"


def test_74_temporary_file_cannot_be_written(c):
    yield call(c, mail=LARGE, preexec_fn=lambda: resource.setrlimit(
        resource.RLIMIT_FSIZE, (4096, 4096))), "keeping the message in .*File too large"


def test_74_stdin_cannot_be_read(c):
    yield call(c, mail=b"", preexec_fn=lambda: os.dup2(os.open("/", os.O_RDONLY), 0)), \
        "cannot read the message: Is a directory"


def full_stdout():
    os.dup2(os.open("/dev/full", os.O_WRONLY), 1)


def test_74_stdout_cannot_be_written(c):
    told = "cannot write standard output"
    for args in (["--version"], ["--help"], ["--print-config"], ["-P", TO], ["queue", "list"]):
        yield c.run("-C", c.rc(1), *args, preexec_fn=full_stdout), f"^ostler: {told}: No space left"
    for args in (["-bp"], ["-bP"], ["-bv", TO]):
        yield c.run("-C", c.rc(1), *args, argv0="sendmail", preexec_fn=full_stdout), \
            f"^sendmail: {told}"
    yield call(c, "-S", port=Scripted().port, preexec_fn=full_stdout), told


def no_reader():
    reader, writer = os.pipe()
    os.dup2(writer, 1)
    os.close(reader)


def test_74_stdout_has_no_reader(c):
    yield c.run("--help", preexec_fn=no_reader), None


def test_0_stdout_has_nothing_of_the_mail(c):
    """What is printed beside a mail that was sent, or to a closed standard output."""
    yield call(c, "-v", TO, port=Scripted().port, preexec_fn=full_stdout), None
    yield c.run("-C", c.rc(Scripted().port), "-v", TO, argv0="sendmail",
                preexec_fn=full_stdout), None
    yield c.run("--version", preexec_fn=lambda: os.close(1)), None


def test_74_config_is_a_folder(c):
    yield c.run("-C", c.dir, TO, argv0="msmtp"), f"cannot read '{c.dir}': it is a directory"
    os.mkdir(c.path(".msmtprc"))
    yield c.run(TO, argv0="msmtp"), f"cannot read '{c.dir}/.msmtprc': it is a directory"


def test_74_config_missing(c):
    yield c.run("-C", c.path("none"), TO, argv0="msmtp"), "cannot open '.*none': No such file"


def test_74_eval_prints_nothing(c):
    yield bare(c, "account default", "host 127.0.0.1", "eval true"), "rc:3: eval: .*printed nothing"


# --- what the account says ---

def test_78_config_without_sense(c):
    for line, told in (("port", "a value is needed"), ("port x", "'x' is not a number"),
                       ("tls maybe", "'maybe' is not one of"),
                       ("tls_nocertcheck on", "no argument")):
        yield bare(c, "account default", "host 127.0.0.1", line), f"rc:3: .*{told}"


def test_78_command_unknown(c):
    yield bare(c, "account default", "nonsense x"), "rc:2: unknown command 'nonsense'"


def test_78_account_unknown(c):
    yield call(c, "-a", "none", TO), "account 'none' not found"


def test_78_secrets_open_to_others(c):
    """To root it is only said."""
    user = c.ordinary() if os.geteuid() == 0 else {}
    rc = c.rc(1, "password sesame")
    os.chmod(rc, 0o640)
    if user:
        os.chown(rc, 65534, 65534)
    yield c.run("-C", rc, TO, argv0="msmtp", **user), "holds secrets and its mode is 640"


def test_78_no_host(c):
    yield bare(c, "account default", "from me@example.org"), "names no relay"


def test_78_no_port(c):
    yield bare(c, "account default", "host 127.0.0.1", "protocol lmtp"), "no customary port"


def test_78_no_from(c):
    yield bare(c, "account default", "host 127.0.0.1"), "no sender"


def test_78_user_missing(c):
    yield call(c, rc=("auth scram-sha-256",)), "rc:5: auth needs a name"


def test_78_alias_file_missing(c):
    yield call(c, "root", rc=(f"aliases {c.path('none')}",)), "aliases: cannot open '.*none'"


def test_78_alias_leads_to_itself(c):
    path = c.write("aliases", "a: b\nb: a\n")
    yield call(c, "a", rc=(f"aliases {path}",)), "leads to itself"


def test_78_passwordeval_prints_nothing(c):
    yield call(c, rc=(*LOGIN[:2], "passwordeval true")), "rc:7: .*'passwordeval': printed nothing"


def test_69_password_missing(c):
    """Nor is there a terminal to ask at."""
    yield call(c, rc=LOGIN[:2], start_new_session=True), "no password for user 'me'"


def test_67_address_refused_by_bv(c):
    yield c.run("-C", c.rc(1), "-bv", "a b <", argv0="sendmail"), "a b <"


def test_67_address_refused_by_bv_beside_others(c):
    run = c.run("-C", c.rc(1), "-bv", "a@example.com", "a b <", "c@example.com", argv0="sendmail")
    yield run, "a b <"
    assert [line.split()[0] for line in run.out.splitlines()] == \
        [b"a@example.com...", b"c@example.com..."], run.out
