"""mailq, sendmail -bp and -bP, ostler queue: what a person sees and does."""

import glob
import json
import os
import re
import shutil
import subprocess
import time

import case
from runner import in_order, queue_some


def ids(c):
    return [e["queue_id"] for e in c.waiting()]


def test_empty(c):
    """check_mailq looks for exactly this line."""
    c.setup(c.relay().port)
    for argv in (["mailq"], ["sendmail", "-bp"], ["ostler", "queue", "-C", c.rc, "list"]):
        run = c.run(*argv) if argv[0] == "ostler" else c.run(argv[0], "-C", c.rc, *argv[1:])
        assert (run.status, run.out, run.err) == (0, "Mail queue is empty\n", "")
    assert c.run("sendmail", "-C", c.rc, "-bP").out == "0\n"
    assert not os.path.exists(c.queue)


def test_named_directory(c):
    """Who names a directory is not told that it is empty when it is not there."""
    c.setup(c.relay().port)
    os.mkdir(c.path("bare"), 0o700)
    for verb in (["list"], ["--json", "list"], ["run"], ["flush"], ["drop", "all"]):
        run = c.hands("--dir", c.path("nowhere"), *verb)
        told = f"ostler: there is no queue '{c.path('nowhere')}'\n"
        assert (run.status, run.out, run.err) == (66, "", told), (verb, run.err)
        assert c.hands("--dir", c.path("bare"), *verb).status == 0
    assert c.hands("--dir", c.path("bare"), "list").out == "Mail queue is empty\n"
    assert not os.path.exists(c.path("nowhere"))


def test_empty_though_down(c):
    """An account that does not work is no news while nothing waits for it."""
    relay = c.relay()
    c.setup(relay.port, "account second : default", f"queue_dir {c.path('other')}",
            retry="1h")
    queue_some(c, relay, 1)
    assert "does not work" in c.run("mailq", "-C", c.rc).out
    shutil.copytree(c.queue, c.path("kept"), ignore=lambda *_: ["run"])
    assert c.hands("drop", "all").status == 0
    assert c.hands("list", "--json").out == ""
    assert glob.glob(os.path.join(c.queue, "run/*.down"))
    for argv in (["mailq", "-C", c.rc], ["sendmail", "-C", c.rc, "-bp"],
                 ["ostler", "queue", "-C", c.rc, "list"]):
        run = c.run(*argv)
        assert (run.status, run.out, run.err) == (0, "Mail queue is empty\n", ""), run.out
    # nor is it when mail waits elsewhere
    other, c.queue = c.queue, c.path("other")
    relay.tell("refuse")
    c.sendmail("-a", "second", "you@example.com").ok()
    c.kill_runner()
    out = c.run("mailq", "-C", c.rc).out
    assert "account 'second' does not work" in out and "'default'" not in out, out
    assert "in 1 Request." in out
    # by another account of the same queue, or in what was given up
    c.queue = other
    relay.tell("listen")
    relay.tell("fail", "rcpt,450")
    c.sendmail("--domain=other.example", "you@example.com").ok()
    c.kill_runner()
    assert len(c.entries()) == 2 and [d["account_down"] for d in c.down()] == ["second"]
    shutil.copytree(c.path("kept"), os.path.join(c.queue, "failed"))
    assert len(c.failed()) == 1 and [d["account_down"] for d in c.down()] == ["second"]


def test_down_without_a_name(c):
    """The command line's own account, as show says it."""
    relay = c.relay()
    relay.tell("refuse")
    c.setup(relay.port)
    args = ("--host=127.0.0.1", f"--port={relay.port}", "--from=me@example.org", "--queue=on",
            f"--queue-dir={c.queue}", "you@example.com")
    assert c.run("ostler", *args, mail=case.MAIL).status == 0
    out = c.run("mailq", "-C", c.rc).out
    assert "\naccount (command line) does not work since " in out, out
    assert "account    (command line)\n" in c.hands("show", ids(c)[0]).out
    assert [d["account_down"] for d in c.down()] == [c.entries()[0]["account"]] == [""]


def test_codes(c):
    """Only what a relay said has a code."""
    relay = c.relay()
    c.setup(relay.port, retry="1h")
    relay.tell("refuse")
    c.sendmail("away@example.com").ok()
    relay.tell("listen")
    relay.tell("fail", "rcpt,450")
    c.sendmail("--domain=x", "off@example.com").ok()
    c.sendmail("--domain=x", "doubt@example.com").ok()
    c.kill_runner()
    with open(os.path.join(c.queue, ids(c)[2] + ".env"), encoding="utf-8") as f:
        text = f.read()
    cut = re.sub(r"^said .*$", "said 451 4.4.2 the attempt was cut off\nlocal 1", text, flags=re.M)
    c.write(f"queue/{ids(c)[2]}.env", cut)
    said = [e["recipients"][0]["delay_reason"] for e in c.entries()]
    assert said[0].startswith("127.0.0.1:") and "cannot connect" in said[0], said
    assert said[1].startswith("450 "), said
    assert said[2] == "the attempt was cut off"
    out = c.hands("list").out
    for words in said:
        assert f"        ({words})\n" in out, (words, out)
    assert f"        ({said[2]})\n" in c.hands("show", ids(c)[2]).out


def test_monitoring_lines(c):
    """The last line for Postfix's form, one with a blank for sendmail's."""
    relay = c.relay()
    c.setup(relay.port)
    queue_some(c, relay, 3)
    for argv in (["mailq"], ["sendmail", "-bp"]):
        lines = c.run(argv[0], "-C", c.rc, *argv[1:]).out.splitlines()
        assert re.fullmatch(r"-- \d+ Kbytes in 3 Requests\.", lines[-1]), lines[-1]
        assert any(re.match(r"\s+Total requests:\s+3$", line) for line in lines)
        assert sum("<me@example.org>" in line for line in lines) == 3
        assert any("<to2@example.com>" in line for line in lines)
        assert any("does not work" in line for line in lines)
    assert c.run("sendmail", "-C", c.rc, "-bP").out == "3\n"


def test_json(c):
    relay = c.relay("--fail=rcpt,450,match=a@*")
    c.setup(relay.port, retry="1h")
    c.sendmail("a@example.com", mail=b"Subject: \"quoted\" \xc3\xa4\x1b[31m\n\nx\n").ok()
    (entry,) = [json.loads(line) for line in
                c.run("mailq", "-C", c.rc, "--json").out.splitlines()]
    assert entry["sender"] == "me@example.org" and entry["state"] == "waiting"
    assert entry["subject"].startswith('"quoted" \u00e4') and "\x1b" not in entry["subject"]
    assert entry["tries"] == 1 and entry["next_try"] >= entry["arrival_time"] + 3000
    assert entry["recipients"][0]["delay_reason"].startswith("450")
    assert entry["message_size"] > 0


def test_hold_release(c):
    relay = c.relay()
    c.setup(relay.port)
    queue_some(c, relay, 3)
    held = ids(c)[1]
    assert c.hands("hold", held).status == 0
    assert c.hands("flush").status == 0
    assert [(e["queue_id"], e["state"]) for e in c.waiting()] == [(held, "held")]
    assert len(relay.new()) == 2
    assert c.hands("release", held).status == 0
    c.until_empty()
    assert [m.rcpts for m in relay.new()] == [["to1@example.com"]]


def test_hold_and_flush(c):
    """Who names a held message has it tried once; held it stays."""
    relay = c.relay()
    c.setup(relay.port, retry="1h")
    queue_some(c, relay, 3)
    names = ids(c)
    for name in names[:2]:
        assert c.hands("hold", name).status == 0
    for verb in ("flush", "retry"):
        relay.tell("fail", "rcpt,450")
        run = c.hands(verb, names[0])
        assert run.status == 0 and run.out.startswith(f"{names[0]}: 0 sent, 1 deferred"), run.out
        c.kill_runner()
        relay.tell("fail", "none")
        # all is everybody who is not held
        assert c.hands(verb, "all").status == 0
        assert [(e["queue_id"], e["state"]) for e in c.waiting()] == \
            [(name, "held") for name in names[:2]]
        c.kill_runner()
    assert [m.rcpts for m in relay.new()] == [["to2@example.com"]]
    assert c.hands("flush", names[0]).out == f"{names[0]}: 1 sent\n"
    assert ids(c) == [names[1]] and [m.rcpts for m in relay.new()] == [["to0@example.com"]]


def test_hold_after_a_crash(c):
    """Whoever changes what a dead run was sending leaves the doubt in it."""
    relay = c.relay()
    c.setup(relay.port)
    queue_some(c, relay, 1)
    (name,) = ids(c)
    c.edit(sending=1)
    assert c.hands("hold", name).status == 0
    assert c.hands("release", name).status == 0
    c.until_empty()
    assert len(relay.new()) == 1
    assert sum("duplicate=maybe" in line for line in c.log()) == 1, c.log()


def test_settled(c):
    """What has been sent is nobody's any more, though a crash left its files."""
    relay = c.relay()
    c.setup(relay.port)
    queue_some(c, relay, 3)
    names = ids(c)
    assert c.hands("hold", names[2]).status == 0
    c.kill_runner()
    c.edit(sending=2)
    assert c.run("mailq", "-C", c.rc).out == "Mail queue is empty\n"
    assert c.run("sendmail", "-C", c.rc, "-bP").out == "0\n"
    assert os.path.exists(os.path.join(c.queue, names[1] + ".env"))
    for verb in ("hold", "release", "show"):
        run = c.hands(verb, names[0])
        assert run.status == 65 and "there is no" in run.err, (verb, run.status, run.err)
    assert not os.path.exists(os.path.join(c.queue, names[0] + ".msg"))
    assert c.hands("flush").status == 0
    # a runner may have been quicker
    c.until(lambda: os.listdir(c.queue) == ["run"])
    assert not relay.new()


def test_settled_in_failed(c):
    """What a crash left there is removed by the next run, and only that."""
    relay = c.relay("--fail=rcpt,550,match=me@*", "--fail=rcpt,550,match=no@*")
    c.setup(relay.port)
    for i in range(3):
        c.sendmail("yes@example.com", "no@example.com").ok()
        c.until(lambda: not c.waiting() and len(c.failed()) == i + 1)
    c.kill_runner()
    folder = os.path.join(c.queue, "failed")
    left, torn, stays = [e["queue_id"] for e in c.failed()]
    with open(os.path.join(folder, left + ".env"), "r+", encoding="utf-8") as f:
        text = f.read()
        f.seek(0)
        f.write(re.sub(r"^sending \d$", "sending 2", text, flags=re.M))
    os.rename(os.path.join(folder, torn + ".env"), os.path.join(folder, torn + ".new"))
    c.write("queue/failed/damaged-001.env", "ostler-queue 1\nsending 2\n")
    c.write("queue/failed/damaged-001.msg", "mine\n")
    before = set(os.listdir(folder))
    assert len(before) == 8
    assert c.hands("run").status == 0
    assert before - set(os.listdir(folder)) == {left + ".env", left + ".msg",
                                                torn + ".new", torn + ".msg"}
    assert [e["queue_id"] for e in c.failed()] == [stays]


def test_drop(c):
    relay = c.relay()
    c.setup(relay.port)
    queue_some(c, relay, 3)
    gone = ids(c)[1]
    assert c.hands("drop", gone).status == 0
    run = c.hands("drop", gone)
    assert run.status == 65
    assert run.err == f"ostler: there is no '{gone}' in the queue '{c.queue}'\n", run.err
    assert c.hands("flush").status == 0
    assert [m.rcpts[0] for m in relay.new()] == ["to0@example.com", "to2@example.com"]
    queue_some(c, relay, 3)
    assert c.hands("drop", "all").status == 0
    assert not c.entries() and not relay.new()
    assert sorted(os.listdir(c.queue)) == ["run"]


def test_drop_damaged(c):
    """Of what is damaged it is said why it stays, and the others go."""
    relay = c.relay()
    c.setup(relay.port)
    queue_some(c, relay, 3)
    future, torn, _ = ids(c)
    c.write(f"queue/{future}.env", "ostler-queue 2\nof the future\n")
    os.unlink(os.path.join(c.queue, torn + ".msg"))
    for word in ("all", future):
        run = c.hands("drop", word)
        assert run.status == 65 and not run.out
        lines = run.err.splitlines()
        assert lines[0].startswith(f"ostler: '{future}' is left alone: '{future}.env': "), lines
        assert "version 2" in lines[0]
        assert lines[1:] == ([f"ostler: '{torn}' is left alone: '{torn}.msg' is missing"]
                             if word == "all" else []), lines
    assert sorted(os.listdir(c.queue)) == sorted(
        ["run", future + ".env", future + ".msg", torn + ".env"])


def test_show(c):
    """Everything that is known, and the message, harmless on a terminal."""
    relay = c.relay()
    c.setup(relay.port)
    relay.tell("refuse")
    c.sendmail("you@example.com", mail=b"Subject: oats\n\nred \x1b[31m rose\n").ok()
    c.kill_runner()
    out = c.hands("show", ids(c)[0]).out
    assert "<you@example.com>" in out and "Subject: oats" in out and "rose" in out
    assert "\x1b" not in out


def test_retry_one(c):
    """Only that one, whatever its schedule says; then the runner has the others."""
    relay = c.relay()
    c.setup(relay.port, retry="1h")
    queue_some(c, relay, 3)
    name = ids(c)[2]
    run = c.hands("retry", name)
    assert run.status == 0 and run.out == f"{name}: 1 sent\n", run.out
    c.until_empty()
    assert [m.rcpts[0] for m in relay.new()][0] == "to2@example.com"


def test_retry_some(c):
    """Those that are there are tried, though another is not; then the runner has
    the one that was not named."""
    relay = c.relay()
    c.setup(relay.port, retry="1h")
    queue_some(c, relay, 3)
    first, second, _ = ids(c)
    run = c.hands("retry", first, "nosuchid", second)
    assert run.status == 65 and "there is no 'nosuchid'" in run.err, run.err
    assert run.out == f"{first}: 1 sent\n{second}: 1 sent\n", run.out
    c.until_empty()
    assert in_order(relay.new())


def test_many_recipients_listed(c):
    """However much there is to say of one message, all of it is."""
    relay = c.relay()
    c.setup(relay.port)
    queue_some(c, relay, 2)
    (name, other), many = ids(c), 40000
    path = os.path.join(c.queue, name + ".env")
    with open(path, encoding="utf-8") as f:
        env = f.read()
    env = env.replace("\nend\n", "\n" + "".join(
        f"rcpt u{i}@example.com\nkind 11\nsaid 451 {'later ' * 15}\n" for i in range(many))
        + "end\n")
    with open(path, "w", encoding="utf-8") as f:
        f.write(env)
    assert [(e["queue_id"], len(e["recipients"])) for e in c.entries()] == \
        [(name, 1 + many), (other, 1)]
    out = c.hands("list").out
    assert len(out) > 4 << 20 and out.count("        <u") == many
    assert other in out


def test_flush_says_how_it_goes(c):
    relay = c.relay("--fail=rcpt,550,match=to1@*", "--fail=rcpt,450,match=to2@*")
    c.setup(relay.port, retry="1h")
    queue_some(c, relay, 4)
    names = ids(c)
    out = c.hands("flush").out.splitlines()
    assert out[0].startswith(f"{names[0]}: 1 sent")
    assert re.match(rf"{names[1]}: 0 sent, 1 failed: .*550", out[1]), out
    assert re.match(rf"{names[2]}: 0 sent, 1 deferred: .*450", out[2]), out
    assert out[3].startswith(f"{names[3]}: 1 sent")
    mails = relay.new()
    assert in_order(mails[:1]) and len(mails) == 3
    assert [e["queue_id"] for e in c.waiting()] == [names[2]]


def test_flush_is_no_step(c):
    """However often a person or a hook tries it, it is due when it was."""
    relay = c.relay("--fail=rcpt,450")
    c.setup(relay.port, retry="1h*2..8h")
    c.sendmail("you@example.com").ok()
    c.kill_runner()
    (before,) = c.waiting()
    assert before["tries"] == 1
    name = before["queue_id"]
    for argv in (["flush"], ["flush", name], ["retry", name], ["-q"]):
        run = c.hands(*argv) if argv[0] != "-q" else c.sendmail("-q")
        assert run.status == 0 and ("1 deferred" in run.out) == (argv[0] != "-q")
        c.kill_runner()
        assert c.waiting() == [before]
    assert sum("smtpstatus=450" in line for line in c.log()) == 5, c.log()
    # what was due is a step, and corrects what a wrong clock has put off
    for tries, when in ((2, 1), (3, int(time.time()) + 10 ** 9)):
        c.edit(next=when)
        assert c.hands("flush").status == 0
        c.kill_runner()
        (after,) = c.waiting()
        wait = 3600 * 2 ** (tries - 1)
        assert after["tries"] == tries and wait * 0.8 < after["next_try"] - time.time() < wait * 1.2


def test_wrong_use(c):
    c.setup(c.relay().port)
    for args, told in (([], "a command is needed"), (["nonsense"], "no such command 'nonsense'"),
                       (["flsuh"], "no such command 'flsuh'; did you mean 'flush'?"),
                       (["drop"], "an id is needed behind 'drop'"),
                       (["list", "x"], "no ids are wanted behind 'list'"),
                       (["--what", "list"], "unknown option '--what'"),
                       (["list", "--dir"], "a value is needed behind '--dir'")):
        run = c.hands(*args)
        assert run.status == 64 and run.err.startswith("ostler: " + told), (args, run.err)
        assert run.err.count("\n") == 1 and not run.out
        assert "did you mean" in told or "; usage: ostler queue" in run.err
    run = c.hands("--help")
    assert run.status == 0 and run.out.startswith("usage: ostler queue") and not run.err
    for name in ("../../etc/passwd", "nothing-here", "UPPER-CASE1"):
        run = c.hands("show", name)
        assert run.status == 65 and run.err.count("\n") == 1, run.err


def test_options_before(c):
    """The word is a command where the first recipient would be, and nowhere else."""
    relay = c.relay()
    c.setup(relay.port)
    queue_some(c, relay, 1)
    alike = c.hands("list").out
    for args in (["-C", c.rc], [f"-C{c.rc}"], ["--file", c.rc], [f"--file={c.rc}"],
                 ["--debug", "-vC", c.rc]):
        run = c.run("ostler", *args, "queue", "list")
        assert (run.status, run.out, run.err) == (0, alike, ""), (args, run.err)
    run = c.ostler("--json", "queue", "list")
    assert json.loads(run.out.splitlines()[0])["queue_id"] == ids(c)[0] and not run.err
    # of two files the last one counts, as everywhere
    run = c.run("ostler", "-C", c.path("nowhere"), "queue", "-C", c.rc, "list")
    assert run.status == 0 and run.out == alike, run.err
    for args, named in ((["-t"], "-t"), (["-f", "a@b"], "-f"), (["-oi"], "-o"), (["-a", "x"], "-a"),
                        (["--tls"], "--tls"), (["--queue-dir=/d"], "--queue-dir"), (["-q"], "-q"),
                        (["--host=h"], "--host"), (["--rmqs", "x"], "--rmqs")):
        run = c.ostler(*args, "queue", "list")
        assert run.status == 64 and run.err.count("\n") == 1 and not run.out, (args, run.err)
        assert run.err.startswith(f"ostler: {named} does not go with 'queue'; see "), run.err
    assert not relay.new()


def test_a_recipient_of_that_name(c):
    relay = c.relay()
    c.setup(relay.port, "qualify_domain example.com")
    for argv, rcpts in ((["ostler", "--", "queue", "list"], ["queue", "list"]),
                        (["ostler", "-f", "a@example.org", "--", "queue"], ["queue"]),
                        (["ostler", "you", "queue"], ["you", "queue"]),
                        (["ostler", "-F", "queue", "list"], ["list"]),
                        (["msmtp", "queue", "list"], ["queue", "list"]),
                        (["sendmail", "queue"], ["queue"]), (["hostler", "queue"], ["queue"])):
        c.run(argv[0], "-C", c.rc, *argv[1:], mail=case.MAIL).ok()
        assert relay.new()[0].rcpts == [f"{name}@example.com" for name in rcpts], argv


def test_wrong_configuration(c):
    """What is queued where nothing needs to be said is shown, and that it may not be
    all; no monitoring shall take that for an empty queue."""
    relay = c.relay()
    c.setup(relay.port)
    c.env["XDG_STATE_HOME"] = c.path("state")
    with open(c.rc, encoding="utf-8") as f:
        text = f.read()
    c.write("rc", text.replace(f"queue_dir {c.queue}\n", ""))
    c.queue = c.path("state/ostler/queue")
    queue_some(c, relay, 1)
    c.write("rc", text + "tsl on\n")
    for argv in (["mailq", "-C", c.rc], ["ostler", "queue", "-C", c.rc, "list"]):
        run = c.run(*argv)
        assert run.status == 78 and "in 1 Request." in run.out, (run.status, run.out)
        assert f"{c.rc}:9: unknown command 'tsl'" in run.err and run.err.count("\n") == 1
    run = c.run("sendmail", "-C", c.rc, "-bP")
    assert run.status == 78 and run.out == "1\n" and "'tsl'" in run.err
    run = c.hands("run")
    assert run.status == 78 and run.err.count("\n") == 1
    c.kill_runner()
    run = c.run("ostler", "queue", "-C", c.path("nowhere"), "list")
    assert run.status == 74 and "nowhere" in run.err
    # no configuration at all is none that is wrong, nor is one without a default
    c.write("rc", "account other\nhost h\n")
    for argv in (["mailq"], ["mailq", "-C", c.rc]):
        run = c.run(*argv)
        assert run.status == 0 and "in 1 Request." in run.out and not run.err, run.err


def test_strange_files(c):
    """Reported, left alone, and no reason for monitoring to shout."""
    relay = c.relay()
    c.setup(relay.port)
    queue_some(c, relay, 1)
    c.write("queue/README", "mine")
    c.write("queue/lonely-001.env", "ostler-queue 1\n")
    os.chmod(c.path("queue/README"), 0o644)
    assert c.run("sendmail", "-C", c.rc, "-bP").out == "1\n"
    run = c.run("mailq", "-C", c.rc)
    assert run.status == 0
    assert "'README': is not ours" in run.out or "'README'" in run.out
    assert "lonely-001" in run.out
    # the manual tells of three kinds of objects, known by their first member
    objects = map(json.loads, c.hands("list", "--json").out.splitlines())
    assert sorted(list(o.items())[0] for o in objects if "queue_id" not in o) == [
        ("account_down", "default"), ("strange", "README"), ("strange", "lonely-001"),
        ("strange", "lonely-001.env")]
    assert c.hands("flush").status == 0
    assert os.path.exists(c.path("queue/README")) and len(relay.new()) == 1
    run = c.run("mailq", "-C", c.rc)
    assert run.status == 0 and run.out.splitlines()[-1] == "Mail queue is empty"


def test_queue_of_others(c):
    """A queue that others could look into is refused."""
    relay = c.relay()
    c.setup(relay.port)
    queue_some(c, relay, 1)
    os.chmod(c.queue, 0o755)
    run = c.run("mailq", "-C", c.rc)
    assert run.status == 78 and "0755" in run.err
    relay.tell("refuse")
    run = c.sendmail("you@example.com")
    assert run.status == 78 and "0755" in run.err
    os.chmod(c.queue, 0o700)


def test_several_queues(c):
    """Accounts may have queues of their own; all of them are shown and run."""
    relay = c.relay()
    c.setup(relay.port, "account second : default", f"queue_dir {c.path('other')}")
    relay.tell("refuse")
    c.sendmail("one@example.com").ok()
    c.sendmail("-a", "second", "two@example.com").ok()
    c.kill_runner()
    c.queue, first = c.path("other"), c.queue
    c.kill_runner()
    c.queue = first
    assert "in 2 Requests" in c.run("mailq", "-C", c.rc).out
    relay.tell("listen")
    c.run("sendmail", "-C", c.rc, "-q").ok()
    assert sorted(m.rcpts[0] for m in relay.new()) == ["one@example.com", "two@example.com"]


def copy_entry(c, n):
    """N copies of the one that is there."""
    (name,) = ids(c)
    whole = {}
    for suffix in (".msg", ".env"):
        with open(os.path.join(c.queue, name + suffix), "rb") as f:
            whole[suffix] = f.read()
    for i in range(n):
        copy = f"{name[:-4]}-{i:05d}"
        for suffix, text in whole.items():
            with open(os.path.join(c.queue, copy + suffix), "wb",
                      opener=lambda p, f: os.open(p, f, 0o600)) as f:
                f.write(text.replace(name.encode(), copy.encode()) if suffix == ".env" else text)


def test_flush_in_flat_memory(c):
    """Not all that a run has sent since the last fsync is kept."""
    relay = c.relay("--discard")
    c.setup(relay.port)
    relay.tell("refuse")
    c.sendmail("to@example.com", mail=case.MAIL + b"fourteen kilobytes\n" * 750).ok()
    c.kill_runner()
    relay.tell("listen")
    copy_entry(c, 3000)
    subprocess.run([os.path.join(os.environ["builddir"], "tests/limits/peak"), c.path("peak"),
                    case.OSTLER, "queue", "-C", c.rc, "flush"], env=c.env, check=True,
                   stdout=subprocess.DEVNULL)
    assert not ids(c)
    with open(c.path("peak"), encoding="ascii") as f:
        peak = int(f.read())
    print(f"  3001 mails in {peak} kB")
    assert peak < 16 * 1024 or case.SLOW > 1, peak


def test_ten_thousand_in_a_second(c):
    """Listing ten thousand takes less than a second, and flat memory."""
    relay = c.relay()
    c.setup(relay.port)
    queue_some(c, relay, 1)
    copy_entry(c, 9999)
    begun = os.times()
    run = c.run("mailq", "-C", c.rc)
    spent = os.times()
    assert "in 10000 Requests" in run.out.splitlines()[-1]
    took = spent.elapsed - begun.elapsed
    print(f"  listed in {took:.2f} s")
    assert took < 1 * case.SLOW * 3, took
    peak = subprocess.run(
        ["sh", "-c", 'ulimit -v 40000; exec "$0" queue -C "$1" list', case.OSTLER, c.rc],
        env=c.env, stdout=subprocess.DEVNULL, check=False)
    assert peak.returncode == 0 or case.SLOW > 1


if __name__ == "__main__":
    case.main()
