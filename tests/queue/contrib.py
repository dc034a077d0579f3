"""What contrib has for service managers, cron and networks runs the right queue."""

import os
import subprocess

import case
from runner import put_off, queue_some, rcpts

CONTRIB = os.path.join(os.environ.get("top_srcdir", "."), "contrib")


def text_of(name):
    with open(os.path.join(CONTRIB, name), encoding="utf-8") as f:
        return f.read()


def unit(name):
    """The settings of a unit: key to value, those of all sections."""
    lines = [line.split("=", 1) for line in text_of("systemd/" + name).splitlines()
             if "=" in line and line[0] != "#"]
    settings = dict(lines)
    assert len(settings) == len(lines), name
    return settings


def exec_start(settings):
    """argv of what a unit starts; it must be found by its name, in any prefix."""
    word, *args = settings["ExecStart"].split()
    assert word.lstrip("-@") == "ostler", word
    return args if "@" in word else ["ostler", *args]


def setup(c):
    """A queue with the rc file in its usual place, and ostler in PATH."""
    relay = c.relay()
    c.setup(relay.port, retry="1h")
    os.rename(c.rc, c.path(".msmtprc"))
    c.rc = c.path(".msmtprc")
    os.mkdir(c.path("bin"))
    os.symlink(case.OSTLER, c.path("bin/ostler"))
    return relay


def test_timers(c):
    """Timers and cron send what is due, and are silent."""
    *settings, line = [line for line in text_of("cron/ostler").splitlines()
                       if line[:1] not in ("", "#")]
    assert line.startswith("*/15 * * * *\troot\t"), line
    # each place of README's, and nothing but what cron itself sets
    assert settings == ["PATH=/usr/local/bin:/usr/bin:/bin"], settings
    cron = line.split("\t")[2]
    relay = setup(c)
    put_off(c, relay, "off@example.com")
    queue_some(c, relay, 1)
    path = c.path("bin") + ":" + settings[0].split("=")[1]
    for argv in (["sh", "-c", cron], exec_start(unit("system/ostler-queue.service")),
                 exec_start(unit("user/ostler-queue.service"))):
        run = subprocess.run(argv, env={**c.env, "PATH": path}, check=False, timeout=60,
                             executable=case.OSTLER if argv[0] == "ostler" else None,
                             stdin=subprocess.DEVNULL, capture_output=True)
        assert (run.returncode, run.stdout, run.stderr) == (0, b"", b""), (argv, run)
        c.kill_runner()
        assert len(c.waiting()) == 2 and not relay.new(), argv


def test_hooks(c):
    """What is called when a network comes up sends all, whoever sendmail is."""
    relay = setup(c)
    hooks = [("network/50-ostler", ["wlan0", "up"], {}),
             ("network/if-up", [], {"IFACE": "eth0"})]
    path = c.path("bin") + ":/usr/bin:/bin"
    for hook, args, env in hooks:
        put_off(c, relay, "off@example.com")
        queue_some(c, relay, 1)
        assert "/usr/local/bin:/usr/bin" in text_of(hook) and "sendmail" not in text_of(hook)
        subprocess.run(["sh", os.path.join(CONTRIB, hook), *args], check=True, timeout=60,
                       env={**c.env, "PATH": path, **env})
        c.until_empty()
        assert sorted(rcpts(relay)) == ["off@example.com", "to0@example.com"], hook
    put_off(c, relay, "off@example.com")
    queue_some(c, relay, 1)
    c.run(*exec_start(unit("system/ostler-queue-online.service"))).ok()
    assert not c.waiting() and len(relay.new()) == 2


# What sessions have, and a run of their queue has not.
OF_SESSIONS = {"Description", "Documentation", "CollectMode", "ExecStart", "KillMode",
               "StandardInput", "StandardOutput", "StandardError", "RuntimeMaxSec",
               "TasksMax", "MemoryMax"}


def test_smtp_session(c):
    """What a session on port 25 queues is where its unit may write, and another unit
    sends it, with the same user, state, environment and sandbox."""
    session = unit("system/ostler-smtp@.service")
    queue = unit("system/ostler-smtp-queue.service")
    for key in session.keys() - OF_SESSIONS:
        assert session[key] == queue.get(key), key
    assert session["ProtectSystem"] == "strict" and "ReadWritePaths" not in session
    assert session["KillMode"] == "control-group"

    # as systemd does: the user's home, which need not be his, then the unit's words
    home, state = c.path("home"), c.path("state")
    own = os.path.join(state, session["StateDirectory"])
    os.makedirs(own, 0o700)
    os.mkdir(home)
    if os.getuid() == 0:
        os.chown(home, 8, 8)
    else:
        home = "/"
    c.env["HOME"] = home
    del c.env["XDG_STATE_HOME"]
    c.env.update(word.replace("%S", state).split("=", 1)
                 for word in session["Environment"].split())
    c.queue = os.path.join(own, "ostler/queue")
    path = unit("system/ostler-smtp-queue.path")["PathChanged"]
    assert path.replace("%S", state) == c.queue

    relay = c.relay()
    c.rc = os.path.join(own, ".msmtprc")
    c.write(c.rc, f"account default\nhost 127.0.0.1\nport {relay.port}\nretry 1s\n"
            "from me@example.org\n")
    c.run(*exec_start(queue)).ok()
    relay.tell("refuse")
    said = c.run(*exec_start(session), mail=b"EHLO x\r\nMAIL FROM:<me@example.org>\r\n"
                 b"RCPT TO:<you@example.com>\r\nDATA\r\n\r\noats\r\n.\r\nQUIT\r\n")
    assert "\r\n354 " in said.out and "\r\n250 2.0.0 " in said.out, said.out
    assert said.status == 0 and not said.err
    c.kill_runner()
    assert os.path.isdir(c.queue) and len(c.waiting()) == 1
    relay.tell("listen")
    c.until(lambda: c.run(*exec_start(queue)).ok() and c.kill_runner() is None and
            not c.waiting())
    assert rcpts(relay) == ["you@example.com"]


def test_completion(c):
    """bash offers the ids that are in the queue."""
    relay = setup(c)
    queue_some(c, relay, 2)
    done = subprocess.run(
        ["bash", "-c", 'source "$1"; COMP_WORDS=(ostler queue show "") COMP_CWORD=3; _ostler; '
         'printf "%s\\n" "${COMPREPLY[@]}"', "bash",
         os.path.join(CONTRIB, "completion/ostler.bash")],
        env={**c.env, "PATH": c.path("bin") + ":/usr/bin:/bin"}, check=True, timeout=60,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    assert done.stdout.split() == [e["queue_id"] for e in c.waiting()] + ["all"], done.stdout


if __name__ == "__main__":
    case.main()
