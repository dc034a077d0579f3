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


if __name__ == "__main__":
    case.main()
