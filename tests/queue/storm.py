"""Many mails, many processes, a relay that flaps: nothing is lost, nothing doubled
but where the relay's reply was really lost, and that is in the log.

    storm.py [MAILS [PROCESSES]]        default $STORM_MAILS or 2000, and 50

The relay refuses connections, stalls, says 421, drops the line after it has
accepted, and answers 4xx and 5xx per recipient; runners are killed.  It keeps the
sender's own mailbox open, though: a notice that is refused for good stays in
failed/ (verdicts.py), and here every one must arrive.
"""

import collections
import os
import random
import re
import signal
import sys
import threading
import time

import case

MAILS = int(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("STORM_MAILS", 2000))
PROCESSES = int(sys.argv[2]) if len(sys.argv) > 2 else 50
WEATHER = ["rcpt,451,percent=10", "rcpt,550,percent=5,match=[ab]*", "mail,421,percent=3",
           "data,drop,percent=2", "end,lose,percent=2", "end,452,percent=3",
           "body,reset,percent=1", "greeting,421,percent=10", "ehlo,drop,percent=5"]


def weather(relay, c, stop):
    """Changes every moment until told to stop; then the sun shines."""
    dice = random.Random(7)
    while not stop.is_set():
        relay.tell("fail", "none")
        for rule in dice.sample(WEATHER, 4):
            relay.tell("fail", rule)
        if dice.random() < 0.3:
            relay.tell("refuse")
            stop.wait(0.5)
            relay.tell("listen")
        if dice.random() < 0.2:
            relay.tell("fail", "mail,stall,first=2")
        if dice.random() < 0.2:
            relay.tell("drop")
        pid = c.runner()
        if pid and dice.random() < 0.2:
            os.kill(pid, signal.SIGKILL)
        stop.wait(0.5)
    relay.tell("fail", "none")
    relay.tell("listen")


def sender(c, number, results):
    for i in range(number, MAILS, PROCESSES):
        run = c.sendmail("-f", "me@example.org", f"a{i}@example.com", f"b{i}@example.net",
                         mail=f"Subject: mail {i}\nMessage-ID: <{i}@storm>\n\nbody {i}\n".encode(),
                         within=600)
        results[i] = (run.status, run.err)


def was_lost(relay, number):
    with open(os.path.join(relay.folder, f"{number}.env"), encoding="utf-8") as f:
        return "lost=1" in f.read().splitlines()


def test_storm(c):
    relay = c.relay()
    c.setup(relay.port, "timeout 5", retry="1s..3s")
    results, stop, begun = {}, threading.Event(), time.monotonic()
    clouds = threading.Thread(target=weather, args=(relay, c, stop))
    senders = [threading.Thread(target=sender, args=(c, i, results)) for i in range(PROCESSES)]
    clouds.start()
    for thread in senders:
        thread.start()
    for thread in senders:
        thread.join()
    accepted = time.monotonic() - begun
    time.sleep(3)
    stop.set()
    clouds.join()
    # the next call of anybody wakes what is left
    c.sendmail("wake@example.com", mail=b"Message-ID: <0@wake>\n\nx\n")
    c.until_empty(600)
    c.until(lambda: not c.runner(), 60)
    took = time.monotonic() - begun

    # every call said "safe", or said no and left nothing
    refused = {i for i, (status, _) in results.items() if status != 0}
    assert len(results) == MAILS
    for i in refused:
        status, err = results[i]
        assert status in (65, 67, 69) and "550" in err, (status, err)
    for status, err in results.values():
        assert status != 0 or err == "", err

    got, notices, doubled = collections.Counter(), collections.Counter(), collections.Counter()
    while os.path.exists(os.path.join(relay.folder, f"{relay.seen + 1}.env")):
        lost = was_lost(relay, relay.seen + 1)
        relay.seen += 1
        mail = case.bundled.Mail(relay.folder, relay.seen)
        if mail.sender in ("", "<>"):
            for rcpt in set(re.findall(rb"^Final-Recipient: rfc822; (\S+)\r$", mail.data, re.M)):
                notices[rcpt.decode()] += 1
            continue
        number = re.search(rb"Message-ID: <(\d+)@(storm|wake)>", mail.data)
        if number.group(2) == b"wake":
            continue
        number = number.group(1).decode()
        assert mail.data.endswith(b"\r\n\r\nbody " + number.encode() + b"\r\n"), mail.data
        for rcpt in mail.rcpts:
            assert re.fullmatch(rf"[ab]{number}@example\.(com|net)", rcpt), (number, rcpt)
            got[rcpt] += 1
            doubled[rcpt] += lost

    log = c.log()
    maybe, doubts = collections.Counter(), collections.Counter()
    for line in log:
        for rcpt in re.search(r"recipients=(\S+)", line).group(1).split(","):
            maybe[rcpt] += "duplicate=maybe" in line
            doubts[rcpt] += "sent=maybe" in line
    counts = collections.Counter()
    for i in range(MAILS):
        for rcpt in (f"a{i}@example.com", f"b{i}@example.net"):
            times = got[rcpt]
            if i in refused:
                assert times == 0 and not notices[rcpt], (rcpt, times)
                counts["refused"] += 1
            elif times == 0:
                assert notices[rcpt] >= 1, f"{rcpt} is lost without a word"
                counts["bounced"] += 1
            else:
                counts["delivered"] += 1
            if times > 1:
                counts["doubled"] += times - 1
                # an attempt in doubt for each copy but the last, which is one of two
                assert doubts[rcpt] >= times - 1, f"{rcpt} came {times} times: {doubts[rcpt]}"
                assert maybe[rcpt] >= 1, f"{rcpt} came {times} times"
            if notices[rcpt] > 1:
                counts["told twice"] += 1
            # told that it failed although it came: only where a reply was lost
            if notices[rcpt] and times:
                assert doubled[rcpt] or doubts[rcpt], rcpt
                counts["told and delivered"] += 1
    assert counts["delivered"] + counts["bounced"] + counts["refused"] == 2 * MAILS
    assert counts["delivered"] and counts["bounced"], "there was no storm"
    assert not c.entries(), c.state()
    print(f"  {MAILS} mails, {PROCESSES} processes: taken over in {accepted:.1f} s, "
          f"settled after {took:.1f} s; {dict(counts)}, "
          f"replies lost {sum(doubled.values())}, in doubt {sum(doubts.values())}")
    assert not relay.violations(), relay.violations()[:5]


if __name__ == "__main__":
    sys.argv[1:] = []
    case.main()
