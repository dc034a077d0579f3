"""What becomes of each recipient: sent, refused, put off; and of a way that does
not work."""

import glob
import os
import re
import shutil
import time

import case
from case import parse, report
from hands import ids
from runner import queue_some


def test_silent_as_sendmail(c):
    """A temporary failure is queued, exit 0, not a word; and it goes by itself."""
    relay = c.relay()
    c.setup(relay.port)
    relay.tell("refuse")
    c.sendmail("you@example.com").ok()
    assert [e["sender"] for e in c.waiting()] == ["me@example.org"]
    c.until(c.runner)
    relay.tell("listen")
    c.until_empty()
    mails = relay.new()
    assert [m.rcpts for m in mails] == [["you@example.com"]]
    assert parse(mails[0])["Subject"] == "oats"
    c.until(lambda: not c.runner())
    assert not relay.violations()


def test_as_ostler(c):
    """auto is off for ostler and msmtp; on gives a note."""
    relay = c.relay()
    c.setup(relay.port)
    relay.tell("refuse")
    for name in ("ostler", "msmtp"):
        run = c.run(name, "-C", c.rc, "you@example.com", mail=case.MAIL)
        assert run.status == 75 and "refused" in run.err
    assert not os.path.exists(c.queue)
    run = c.ostler("--queue=on", "you@example.com")
    assert run.status == 0 and run.out == "" and run.err.count("\n") == 1
    assert "queued as" in run.err and "refused" in run.err
    assert len(c.waiting()) == 1


def test_off(c):
    c.setup(c.relay("--fail=mail,451").port, "queue off")
    assert c.sendmail("you@example.com").status == 75
    assert not os.path.exists(c.queue)


def test_only(c):
    """queue only and -odq: nothing is tried in the foreground."""
    relay = c.relay()
    c.setup(relay.port, "queue only")
    relay.tell("refuse")
    run = c.ostler("you@example.com")
    assert run.status == 0 and not run.out
    assert re.fullmatch(r"ostler: queued as [0-9a-z-]+: not tried yet\n", run.err), run.err
    c.sendmail("you@example.com").ok()
    # where it cannot be queued there is no reason to tell either
    run = c.ostler(f"--queue-dir={c.rc}/none", "you@example.com")
    assert run.status != 0 and run.err.endswith("; it was to be queued without a try\n"), run.err
    c.setup(relay.port)
    c.sendmail("-odq", "you@example.com").ok()
    assert sum("not tried yet" in line for line in c.log()) == 3, c.log()
    # the others try first, and what cannot go waits
    for how in ("-odb", "-odi", "-odf"):
        c.sendmail(how, "you@example.com").ok()
    assert sum("not tried yet" in line for line in c.log()) == 3, c.log()
    relay.tell("listen")
    c.until_empty()
    assert len(relay.new()) == 6


def test_each_recipient(c):
    """Sent leaves, 4xx stays, 5xx is told of; each by its own verdict."""
    relay = c.relay("--fail=rcpt,450,match=later@*,first=2",
                    "--fail=rcpt,550,match=never@*,text=no such horse")
    c.setup(relay.port, retry="3s")
    c.sendmail("-f", "me@example.org", "now@example.com", "later@example.com",
               "never@example.com").ok()
    c.until(lambda: len(c.waiting()) == 1)
    (entry,) = c.waiting()
    assert [r["address"] for r in entry["recipients"]] == ["later@example.com"]
    assert "450" in entry["recipients"][0]["delay_reason"]
    c.until_empty()
    first, notice, second = relay.new()
    assert first.rcpts == ["now@example.com"]
    assert second.rcpts == ["later@example.com"]
    assert second.data == first.data, "not the same message"
    message, text, status, original = report(notice)
    assert notice.rcpts == ["me@example.org"]
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["To"] == "me@example.org"
    assert message["In-Reply-To"] == parse(first)["Message-ID"]
    assert "never@example.com" in text and "no such horse" in text
    assert "later@example.com" not in text
    assert len(status) == 2
    assert status[0]["Reporting-MTA"].startswith("dns;")
    assert status[1]["Final-Recipient"] == "rfc822; never@example.com"
    assert status[1]["Action"] == "failed" and status[1]["Status"] == "5.0.0"
    assert status[1]["Diagnostic-Code"] == "smtp; 550 5.0.0 no such horse"
    assert original.get_content_type() == "message/rfc822"
    assert original.get_payload(0)["Subject"] == "oats"
    assert not relay.violations()


def test_all_refused(c):
    """The caller hears it himself: nothing is queued, nobody is told twice."""
    relay = c.relay("--fail=rcpt,550")
    c.setup(relay.port)
    run = c.sendmail("a@example.com", "b@example.com")
    assert run.status not in (0, 75) and "a@example.com" in run.err
    assert not c.entries() and not relay.new()


def test_ret_and_notify(c):
    """RET says how much comes back, NOTIFY whether anything does."""
    relay = c.relay("--fail=rcpt,550,match=no@*", "--no=DSN")
    c.setup(relay.port)
    c.sendmail("-R", "hdrs", "-V", "id7", "yes@example.com", "no@example.com").ok()
    c.sendmail("-N", "never", "yes@example.com", "no@example.com").ok()
    c.sendmail("-N", "success", "yes@example.com", "no@example.com").ok()
    c.until_empty()
    mails = relay.new()
    assert len(mails) == 4
    (notice,) = [m for m in mails if "multipart/report" in str(parse(m)["Content-Type"])]
    _, _, status, original = report(notice)
    assert status[0]["Original-Envelope-Id"] == "id7"
    assert original.get_content_type() == "text/rfc822-headers"
    assert "oats" in original.get_payload() and "body" not in original.get_payload()


def test_null_sender(c):
    """Nobody can be told: what is refused stays visible in failed/."""
    relay = c.relay("--fail=rcpt,550,match=no@*")
    c.setup(relay.port)
    c.sendmail("-f", "<>", "yes@example.com", "no@example.com").ok()
    assert [m.rcpts for m in relay.new()] == [["yes@example.com"]]
    assert not c.waiting()
    (entry,) = c.failed()
    assert [r["address"] for r in entry["recipients"]] == ["no@example.com"]
    listing = c.hands("list").out
    assert "550" in listing and "given up" in listing


BAD = (b"From: me@example.org\nTo: a@example.com, @@bad, b@example.com\n"
       b"Cc: Ann\x1b[1m Lee, \xff@example.com\nSubject: oats\n\nbody\n")


def test_no_address(c):
    """What is no address among recipients: the others get the mail, the sender a
    notice of it, and the relay nothing to guess at."""
    relay = c.relay("--log=" + c.path("dialogue"))
    c.setup(relay.port, "queue_warn off")
    c.sendmail("-t", mail=BAD).ok()
    c.until_empty()
    mail, notice = sorted(relay.new(), key=lambda m: m.sender, reverse=True)
    assert mail.rcpts == ["a@example.com", "b@example.com"]
    assert b"To: a@example.com, @@bad, b@" in mail.data, "the header is not ours to mend"
    assert notice.rcpts == ["me@example.org"]
    _, text, status, original = report(notice)
    for what in ("in the To field: '@@bad' is not an address: nothing before '@'",
                 "in the Cc field: 'Ann?[1m Lee' is not an address",
                 "in the Cc field: '?@example.com' cannot be used: it is not UTF-8"):
        assert what in text, text
    assert [part["Final-Recipient"] for part in status[1:]] == \
        ["rfc822; @@bad", "rfc822; ?@example.com", "rfc822; Ann?[1m Lee"]
    assert all(part["Status"] == "5.1.3" for part in status[1:])
    assert original.get_payload(0)["Subject"] == "oats"
    with open(c.path("dialogue"), encoding="utf-8") as f:
        asked = [line for line in f if "RCPT" in line]
    assert len(asked) == 3, asked
    # the notice may be sent before the call comes to its log
    (told,) = [line for line in c.log() if "EX_DATAERR" in line]
    assert len(c.log()) == 3 and "@@bad" in told, c.log()


def test_no_address_and_no_relay(c):
    """The same when the others have to wait, or were refused."""
    relay = c.relay("--fail=rcpt,550,match=b@*")
    c.setup(relay.port)
    relay.tell("refuse")
    c.sendmail("-t", mail=BAD).ok()
    c.sendmail("c@example.com", "Ann Lee").ok()
    relay.tell("listen")
    c.until_empty()
    mails = relay.new()
    assert sorted(m.rcpts[0] for m in mails if m.sender) == ["a@example.com", "c@example.com"]
    told = sorted(str(parse(m).get_payload()[1]) for m in mails if not m.sender)
    assert len(told) == 3
    assert ["b@example.com" in t for t in told].count(True) == 1
    assert ["@@bad" in t for t in told].count(True) == 1
    assert [" Lee" in t for t in told].count(True) == 2, told


def test_no_address_all_or_nothing(c):
    """Where nobody could be told later nothing is sent, and the line names it."""
    relay = c.relay()
    c.setup(relay.port)
    verify = c.sendmail("-bv", "a@example.com", "@@bad")
    assert verify.status == 67
    for run in (verify, c.ostler("-t", mail=BAD), c.sendmail("--partial=off", "-t", mail=BAD),
                c.sendmail("--queue=off", "-t", mail=BAD), c.sendmail("@@bad"),
                c.sendmail("-t", mail=b"To: @@bad, Ann Lee\n\n")):
        assert run.status == 65 or run is verify, run.err
        assert "'@@bad' is not an address: nothing before '@'" in run.err, run.err
        assert run.err.count("\n") == 1
    assert "in the Cc field: 'Ann?[1m Lee' is not" in c.ostler("-t", mail=BAD).err
    assert not relay.new() and not os.path.exists(c.queue)


def test_no_address_and_no_room(c):
    """If no notice can be made nothing is sent, so that it may be sent again."""
    relay = c.relay()
    c.setup(relay.port)
    os.mkdir(c.queue, 0o755)
    run = c.sendmail("-t", mail=BAD)
    assert run.status == 78 and "'@@bad' is not an address" in run.err
    assert "its sender cannot be told" in run.err and "0755" in run.err, run.err
    assert not relay.new()


def test_no_address_null_sender(c):
    relay = c.relay()
    c.setup(relay.port)
    c.sendmail("-f", "<>", "-t", mail=BAD).ok()
    assert [m.rcpts for m in relay.new()] == [["a@example.com", "b@example.com"]]
    (entry,) = c.failed()
    assert [r["address"] for r in entry["recipients"]] == \
        ["@@bad", "?@example.com", "Ann?[1m Lee"]


def test_bounce_cannot_go(c):
    """A notice that is refused is not answered by another: failed/."""
    relay = c.relay("--fail=rcpt,550,match=no@*", "--fail=rcpt,550,match=me@*")
    c.setup(relay.port)
    c.sendmail("yes@example.com", "no@example.com").ok()
    c.until(lambda: not c.waiting() and c.failed())
    (entry,) = c.failed()
    assert entry["sender"] == "" and entry["recipients"][0]["address"] == "me@example.org"
    shown = c.hands("show", entry["queue_id"]).out
    assert "no@example.com" in shown and "tells of" in shown
    assert len(relay.new()) == 1
    # a person can send it after all
    relay.tell("fail", "none")
    assert c.hands("retry", entry["queue_id"]).status == 0
    (notice,) = relay.new()
    report(notice)
    assert not c.entries()


def test_large_text_is_kept(c):
    """The notice has the header only, so the text stays until the notice is sent."""
    relay = c.relay("--fail=rcpt,550,match=no@*", "--fail=rcpt,450,match=me@*")
    c.setup(relay.port)
    mail = case.MAIL + b"a line of a large mail\n" * 20000
    c.sendmail("yes@example.com", "no@example.com", mail=mail).ok()
    kept = c.until(lambda: c.waiting() and c.failed())[0]
    assert [r["address"] for r in kept["recipients"]] == ["no@example.com"]
    assert kept["sender"] == "me@example.org" and kept["message_size"] > 20000 * 23
    # the notice cannot go either: both can be seen
    c.kill_runner()  # it could send it between the two
    relay.tell("fail", "none")
    relay.tell("fail", "rcpt,550,match=me@*")
    c.hands("flush")
    c.until(lambda: not c.waiting())
    notice, again = sorted(c.failed(), key=lambda e: e["sender"])
    assert notice["sender"] == "" and again["queue_id"] == kept["queue_id"]
    # and go, once somebody repairs it
    relay.new()
    relay.tell("fail", "none")
    assert c.hands("retry", notice["queue_id"]).status == 0
    (told,) = relay.new()
    assert report(told)[3].get_content_type() == "text/rfc822-headers"
    assert not c.entries()


def test_next_host(c):
    """A run asks the next host, not the same again over the connection it has."""
    relay = c.relay("--fail=rcpt,451,match=to1@*,first=1", "--ipv6")
    c.setup(relay.port, "host ::1", retry="1h")
    queue_some(c, relay, 3)
    c.hands("flush")
    sessions = {}
    for mail in relay.new():
        with open(os.path.join(relay.folder, f"{len(sessions) + 1}.env"), encoding="utf-8") as f:
            sessions[mail.rcpts[0]] = re.search(r"^session=(\d+)$", f.read(), re.M).group(1)
    assert list(sessions) == [f"to{i}@example.com" for i in range(3)], sessions
    assert sessions["to0@example.com"] != sessions["to1@example.com"], sessions


def test_next_host_is_away(c):
    """What the first has said of a mail stands, and is no trouble of the account."""
    relay = c.relay("--fail=rcpt,451,match=to0@*")
    c.setup(relay.port, "host 127.0.0.9", retry="1h")
    queue_some(c, relay, 2)
    c.hands("flush")
    c.kill_runner()
    (entry,) = c.waiting()
    assert entry["recipients"][0]["address"] == "to0@example.com"
    assert "451" in entry["recipients"][0]["delay_reason"], entry
    assert [m.rcpts for m in relay.new()] == [["to1@example.com"]] and not c.down()


def test_old_age(c):
    """Past queue_lifetime everybody is told; also when the relay never answered."""
    relay = c.relay("--fail=rcpt,450,match=you@*")
    c.setup(relay.port, "queue_lifetime 5d")
    c.sendmail("you@example.com").ok()
    c.kill_runner()
    c.edit(entered=int(time.time()) - 6 * 86400, next=1)
    assert c.hands("run").status == 0
    c.until_empty()
    (notice,) = relay.new()
    _, text, status, _ = report(notice)
    assert "5 days" in text and "you@example.com" in text
    assert status[1]["Status"] == "4.4.7" and status[1]["Action"] == "failed"
    assert "450" in status[1]["Diagnostic-Code"]
    relay.tell("refuse")
    c.sendmail("you@example.com").ok()
    c.kill_runner()
    c.edit(entered=int(time.time()) - 6 * 86400)
    assert c.hands("run").status == 0
    (entry,) = c.waiting()
    assert entry["sender"] == "" and entry["queue_id"].endswith("-b1")
    relay.tell("listen")
    c.until_empty()
    (notice,) = relay.new()
    assert "5 days" in report(notice)[1]


def power_cut(c, before, *ids):
    """The files as they were, and the claim of a run that sent IDS."""
    for name, text in before.items():
        with open(name, "wb", opener=lambda p, f: os.open(p, f, 0o600)) as f:
            f.write(text)
    c.write("queue/run/stable.0.claim", "ostler-claim 1\nhost stable\nboot another\npid 7\n"
            "time 1\n" + "".join(f"id {name}\n" for name in ids) + "end\n")


def files(c):
    found = {}
    for name in glob.glob(os.path.join(c.queue, "*.???")):
        with open(name, "rb") as f:
            found[name] = f.read()
    return found


def refused_twice(c, relay, sender):
    """A power cut forgets that a@ was refused; then b@ is as well.  Gives the id."""
    c.setup(relay.port, "queue_warn off", retry="1h")
    relay.tell("refuse")
    c.sendmail("-f", sender, "a@example.com", "b@example.com", "c@example.com").ok()
    c.kill_runner()
    before, (entry,) = files(c), c.waiting()
    relay.tell("listen")
    c.hands("flush")
    c.kill_runner()
    power_cut(c, before, entry["queue_id"])
    relay.tell("fail", "none")
    for who, code in (("a", 550), ("b", 550), ("c", 450), ("me", 450)):
        relay.tell("fail", f"rcpt,{code},match={who}@*")
    c.hands("flush")
    c.kill_runner()


FIRST = ("--fail=rcpt,550,match=a@*", "--fail=rcpt,450,match=b@*", "--fail=rcpt,450,match=c@*",
         "--fail=rcpt,450,match=me@*")


def test_told_across_a_power_cut(c):
    """A notice that was made before is about those that it names, and no others."""
    relay = c.relay(*FIRST)
    refused_twice(c, relay, "me@example.org")
    relay.tell("fail", "none")
    relay.tell("fail", "rcpt,450,match=c@*")
    c.edit(next=1)
    c.hands("flush")
    c.kill_runner()
    told = sorted(part["Final-Recipient"] for m in relay.new() for part in report(m)[2][1:])
    assert told == ["rfc822; a@example.com", "rfc822; b@example.com"], told
    (entry,) = c.waiting()
    assert [r["address"] for r in entry["recipients"]] == ["c@example.com"]


def test_failed_across_a_power_cut(c):
    """So is what was kept because nobody can be told."""
    relay = c.relay(*FIRST)
    refused_twice(c, relay, "<>")
    kept = sorted(r["address"] for e in c.failed() for r in e["recipients"])
    assert kept == ["a@example.com", "b@example.com"], kept
    (entry,) = c.waiting()
    assert [r["address"] for r in entry["recipients"]] == ["c@example.com"]


def test_told_and_not_sent(c):
    """Who was told that it is too old does not see it sent after a crash."""
    relay = c.relay()
    c.setup(relay.port, retry="1h")
    relay.tell("refuse")
    c.sendmail("you@example.com").ok()
    c.kill_runner()
    c.edit(entered=int(time.time()) - 6 * 86400)
    before = files(c)
    c.hands("run")
    c.kill_runner()
    power_cut(c, before)
    relay.tell("listen")
    c.hands("flush")
    c.hands("flush")
    c.kill_runner()
    assert not c.waiting()
    (notice,) = relay.new()
    assert "you@example.com" in report(notice)[1]


def test_delay_notice(c):
    """One, after queue_warn, when it is the relay that keeps it waiting."""
    relay = c.relay("--fail=rcpt,450,match=you@*")
    c.setup(relay.port, "queue_warn 4h", retry="1h")
    c.sendmail("you@example.com").ok()
    c.kill_runner()
    for _ in range(3):
        c.edit(entered=int(time.time()) - 5 * 3600, next=1)
        assert c.hands("run").status == 0
    c.kill_runner()
    c.hands("run")
    mails = relay.new()
    assert len(mails) == 1, [m.data for m in mails]
    _, text, status, original = report(mails[0])
    assert "need not send" in text
    assert status[1]["Action"] == "delayed" and status[1]["Status"].startswith("4.")
    assert status[1]["Will-Retry-Until"]
    assert original.get_content_type() == "text/rfc822-headers"
    assert len(c.waiting()) == 1


def test_no_delay_notice_when_nothing_goes(c):
    relay = c.relay()
    c.setup(relay.port, "queue_warn 4h")
    relay.tell("refuse")
    c.sendmail("you@example.com").ok()
    c.kill_runner()
    c.edit(entered=int(time.time()) - 5 * 3600)
    assert c.hands("run").status == 0
    assert [e["sender"] for e in c.waiting()] == ["me@example.org"]
    relay.tell("listen")
    c.until_empty()
    assert len(relay.new()) == 1


def test_login_circuit(c):
    """A refused login is temporary, and a hundred mails do not make a hundred."""
    relay = c.relay("--require=auth")
    login = ("auth plain", "auth_cleartext on", "user user@example.org")
    c.setup(relay.port, *login, "password wrong", retry="1h")
    for _ in range(20):
        c.sendmail("you@example.com").ok()
    logins = sum("smtpstatus=535" in line or "535" in line for line in c.log())
    assert logins == 1, logins
    assert len(c.waiting()) == 20
    (down,) = c.down()
    assert "535" in down["reason"] and down["failures"] == 1
    assert "does not work" in c.hands("list").out
    # repaired: the change of the file is enough
    c.setup(relay.port, *login, "password secret", retry="1h")
    c.sendmail("last@example.com").ok()
    c.until_empty()
    mails = relay.new()
    assert len(mails) == 21 and not c.down()
    with open(os.path.join(relay.folder, "sessions"), encoding="utf-8") as f:
        sessions = f.readlines()
    assert len(sessions) <= 4, sessions


def test_circuit_steps(c):
    """How long an account rests tells how long it has not worked, not how many mails
    found that out."""
    relay = c.relay()
    c.setup(relay.port, retry="10m*2..2h")
    relay.tell("refuse")
    c.sendmail("you@example.com").ok()
    (first,) = c.down()
    assert first["failures"] == 1 and "refused" in first["reason"]
    for _ in range(8):
        c.sendmail("you@example.com").ok()
    c.kill_runner()
    # nor does it count that a person could not wait, but what is said now is kept
    relay.tell("listen")
    relay.tell("fail", "greeting,421")
    assert c.hands("flush").status == 0
    c.kill_runner()
    (down,) = c.down()
    assert "421" in down.pop("reason") and first.pop("reason")
    assert down == first and len(c.waiting()) == 9

    def fail_at(when):
        """One more, when the probe is due at WHEN; the waits from now that are right."""
        (name,) = glob.glob(os.path.join(c.queue, "run/*.down"))
        with open(name, encoding="utf-8") as f:
            text = f.read()
        with open(name, "w", encoding="utf-8") as f:
            f.write(re.sub(r"^next \d+$", f"next {when}", text, flags=re.M))
        begun = int(time.time())
        c.sendmail("you@example.com").ok()
        c.kill_runner()
        (down,) = c.down()
        return down["failures"], down["next_try"] - begun, int(time.time()) - begun

    # what fails when it was due is a step, and so it is when a clock that was
    # wrong has put it off for years
    for n, when in enumerate((1, int(time.time()) + 10 ** 9), start=2):
        failures, wait, took = fail_at(when)
        assert failures == n, failures
        assert 540 * 2 ** (n - 1) <= wait <= 660 * 2 ** (n - 1) + took, wait


def test_configuration_broken(c):
    """The entries stay, and go when it is mended."""
    relay = c.relay()
    c.setup(relay.port)
    relay.tell("refuse")
    for _ in range(3):
        c.sendmail("you@example.com").ok()
    c.kill_runner()
    relay.tell("listen")
    c.write("rc", "account default\nhost\nnonsense\n")
    run = c.hands("--dir", c.queue, "run")
    assert run.status == 0
    run = c.hands("--dir", c.queue, "list", "--json").out
    assert run.count("queue_id") == 3 and "account_down" in run
    c.kill_runner()
    c.setup(relay.port)
    assert c.hands("--dir", c.queue, "run").status == 0
    c.until_empty()
    assert len(relay.new()) == 3


def test_certificate_refused(c):
    """No trust: temporary, and nothing of the mail goes over the line."""
    relay = c.relay("--log=" + c.path("dialogue"), listen=("plain", "starttls"))
    c.setup(relay.ports["relay_starttls"], "tls on", "tls_trust_file /dev/null")
    c.sendmail("you@example.com").ok()
    assert len(c.waiting()) == 1
    with open(c.path("dialogue"), encoding="utf-8") as f:
        assert "MAIL" not in f.read()
    c.setup(relay.ports["relay_starttls"], "tls on", f"tls_trust_file {relay.ca}")
    c.hands("flush")
    c.until_empty()
    assert len(relay.new()) == 1


def test_no_secret_in_the_queue(c):
    relay = c.relay("--require=auth")
    c.setup(relay.port, "auth plain", "auth_cleartext on", "user user@example.org",
            "password open-sesame")
    c.sendmail("you@example.com").ok()
    c.ostler("--queue=on", "--passwordeval=echo open-sesame", "you@example.com")
    for name in glob.glob(c.queue + "/**", recursive=True):
        if os.path.isfile(name):
            with open(name, "rb") as f:
                assert b"open-sesame" not in f.read().replace(b"echo open-sesame", b"")


def test_password_of_the_command_line(c):
    """It stands in place of the account's from the queue, too."""
    relay = c.relay("--require=auth")
    c.setup(relay.port, "auth plain", "auth_cleartext on", "user user@example.org",
            "password wrong")
    run = c.ostler("--queue=only", "--passwordeval=echo secret", "you@example.com")
    assert run.status == 0, run.err
    c.hands("flush")
    c.until_empty()
    assert len(relay.new()) == 1


def test_command_line_account(c):
    """What only the command line knew goes the same way from the queue."""
    relay = c.relay()
    relay.tell("refuse")
    run = c.run("ostler", "--host=127.0.0.1", f"--port={relay.port}", "--tls=off",
                "--from=cli@example.org", "--queue=on", f"--queue-dir={c.queue}",
                "--retry=1s", "you@example.com", mail=case.MAIL)
    assert run.status == 0, run.err
    relay.tell("listen")
    c.until(lambda: not glob.glob(os.path.join(c.queue, "*.env")))
    (mail,) = relay.new()
    assert mail.sender == "cli@example.org"


def test_paths_of_the_caller(c):
    """What a call names from where it stands, the runner finds from where it does."""
    relay = c.relay(listen=("plain", "starttls"))
    c.setup(relay.port, retry="1h")
    os.mkdir(c.path("here"))
    here = os.path.realpath(c.path("here"))
    shutil.copy(relay.ca, c.path("here/ca.pem"))
    tls = (f"--port={relay.ports['relay_starttls']}", "--tls=on", "--tls-trust-file=ca.pem")
    plain = ("--tls-trust-file=system", "--tls-crl-file=~/crl", "--tls-cert-file=pkcs11:x=y",
             f"--tls-key-file={c.path('key')}", "--socket=../sock")
    relay.tell("refuse")
    c.sendmail(*tls, "-Xlog", "you@example.com", cwd=c.path("here")).ok()
    run = c.run("ostler", "--host=127.0.0.1", *tls, "--from=cli@example.org", "--queue=on",
                f"--queue-dir={c.queue}", "-X", "./log", "you@example.com", mail=case.MAIL,
                cwd=c.path("here"))
    assert run.status == 0, run.err
    c.sendmail(*plain, "-X-", "you@example.com", cwd=c.path("here"))
    c.kill_runner()
    last = ids(c)[-1]
    assert c.hands("hold", last).status == 0
    relay.tell("listen")
    assert c.hands("flush", cwd="/").status == 0
    assert len(relay.new()) == 2 and ids(c) == [last], c.state()
    with open(c.path("here/log"), encoding="utf-8") as f:
        assert sum("exitcode=EX_OK" in line for line in f) == 2
    with open(os.path.join(c.queue, last + ".env"), encoding="utf-8") as f:
        rows = {line[4:].rstrip("\n") for line in f if line.startswith("set ")}
    assert rows == {"tls_trust_file system", f"tls_crl_file {c.dir}/crl", "tls_cert_file pkcs11:x=y",
                    f"tls_key_file {c.path('key')}", f"socket {here}/../sock",
                    "logfile -"}, rows


def test_limits(c):
    """LIMITS: a connection is left in time, recipients go in pieces."""
    relay = c.relay("--caps=PIPELINING,LIMITS,8BITMIME,ENHANCEDSTATUSCODES",
                    "--limits=RCPTMAX=3 MAILMAX=4")
    c.setup(relay.port, retry="1h")
    relay.tell("refuse")
    for _ in range(6):
        c.sendmail("you@example.com").ok()
    c.sendmail(*[f"r{i}@example.com" for i in range(8)]).ok()
    c.kill_runner()
    relay.tell("listen")
    # also when the connection is used up between the pieces
    assert c.hands("flush").status == 0
    assert not c.waiting(), c.state()
    mails = relay.new()
    assert sorted(len(m.rcpts) for m in mails) == [1, 1, 1, 1, 1, 1, 2, 3, 3]
    assert not relay.violations(), relay.violations()


def test_421(c):
    """421 is about the connection: a new one, the same mail, no attempt lost."""
    relay = c.relay("--max-mails=3")
    c.setup(relay.port)
    relay.tell("refuse")
    for i in range(10):
        c.sendmail(f"you{i}@example.com").ok()
    c.kill_runner()
    relay.tell("listen")
    assert c.hands("flush").status == 0
    assert not c.waiting()
    assert [m.rcpts[0] for m in relay.new()] == [f"you{i}@example.com" for i in range(10)]


def test_poison(c):
    """A mail that breaks its connection each time keeps nobody waiting."""
    relay = c.relay("--fail=data,drop,match=poison@*", "--fail=body,drop,match=poison@*")
    c.setup(relay.port, retry="1h")
    relay.tell("refuse")
    c.sendmail("-f", "poison@example.org", "you@example.com").ok()
    for i in range(5):
        c.sendmail(f"good{i}@example.com").ok()
    c.kill_runner()
    relay.tell("listen")
    assert c.hands("flush").status == 0
    assert len(relay.new()) == 5
    assert [e["sender"] for e in c.waiting()] == ["poison@example.org"]
    assert not c.down()


def test_reply_lost(c):
    """Accepted, and the line cut before the reply: sent again, and said so."""
    relay = c.relay("--fail=end,lose,first=1")
    c.setup(relay.port)
    c.sendmail("you@example.com").ok()
    c.until_empty()
    first, second = relay.new()
    assert parse(first)["Message-ID"] == parse(second)["Message-ID"]
    log = c.log()
    assert sum("duplicate=maybe" in line for line in log) == 1, log


if __name__ == "__main__":
    case.main()
