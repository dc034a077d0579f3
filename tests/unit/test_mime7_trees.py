#!/usr/bin/env python3
"""Random MIME trees through the 7-bit filter, judged by Python's own parser.

Whatever the tree, the converted message has the same parts with the same
decoded bytes, no byte above 127 in any body, and the same header fields but for
those that say how a body is encoded.

usage: test_mime7_trees.py [ROUNDS [SEED]]
"""
import email
import os
import random
import subprocess
import sys

FILTER = os.path.join(os.environ.get("builddir", "."), "tests/unit/mime7_filter")
CHANGED = {"content-transfer-encoding", "mime-version"}

WORDS = ["text", "Größe", "naïve", "--b0", "--b1 x", "--", "-", "=", "=3D", ".", "From ",
         "日本語", "\t", " ", "  ", "x" * 80, "ü" * 40, "€" * 30, "\x00", "\x7f", "a" * 1100,
         "--b0--x", "Content-Type: text/html", "🐴"]


def lines(rnd, plain):
    """Body bytes: lines with CRLF, perhaps without a last one."""
    out = []
    for _ in range(rnd.randrange(6)):
        words = [rnd.choice(WORDS) for _ in range(rnd.randrange(5))]
        line = rnd.choice(["", " "]).join(words)
        if plain:
            line = line.encode("ascii", "ignore").decode()
        out.append(line.encode(rnd.choice(["utf-8", "utf-8", "utf-16-be"])
                               if not plain else "ascii").replace(b"\r", b" ").replace(b"\n", b" "))
    return b"\r\n".join(out)


def leaf(rnd):
    plain = rnd.random() < 0.3
    head = b""
    if rnd.random() < 0.8:
        head += b"Content-Type: " + rnd.choice([
            b"text/plain; charset=utf-8", b"text/html", b"TEXT/Plain;\r\n charset=\"x;y\"",
            b"application/octet-stream", b"image/png; name=\"a (b\"", b"text",
            b"text/plain (comment; boundary=b0)"]) + b"\r\n"
    if rnd.random() < 0.6:
        head += rnd.choice([b"Content-Transfer-Encoding", b"content-transfer-encoding"]) + \
            b": " + rnd.choice([b"8bit", b"7bit", b"BINARY", b"8Bit (c)", b"utf-8", b"\r\n 8bit"]) + b"\r\n"
    if rnd.random() < 0.3:
        head = b"X-A: \xc3\xa4\r\n folded\r\n" + head
    return head + b"\r\n" + lines(rnd, plain)


def entity(rnd, depth):
    kind = rnd.random()
    if depth == 0 or kind < 0.5:
        return leaf(rnd)
    if kind < 0.65:
        head = b"Content-Type: message/rfc822\r\n"
        if rnd.random() < 0.5:
            head += b"Content-Transfer-Encoding: 8bit\r\n"
        return head + b"\r\n" + message(rnd, depth - 1)
    boundary = b"b%d" % rnd.randrange(1000000)
    head = b"Content-Type: multipart/" + rnd.choice([b"mixed", b"alternative", b"digest"])
    head += rnd.choice([b"; boundary=%s", b"; boundary=\"%s\"", b";\r\n\tx=y; BOUNDARY=\"%s\"",
                        b" ; boundary=\"%s\" ; z=\"(;\""]) % boundary + b"\r\n"
    if rnd.random() < 0.4:
        head += b"Content-Transfer-Encoding: " + rnd.choice([b"8bit", b"7bit"]) + b"\r\n"
    body = rnd.choice([b"", b"preamble\r\n", b"preamble \xc3\xa4\r\n"])
    for _ in range(rnd.randrange(1, 4)):
        body += b"--" + boundary + rnd.choice([b"", b"", b" \t"]) + b"\r\n"
        if b"digest" in head:
            # an unlabelled part of a digest is a message
            body += b"\r\n" + message(rnd, depth - 1) + b"\r\n"
        else:
            body += entity(rnd, depth - 1) + b"\r\n"
    if rnd.random() < 0.9:
        body += b"--" + boundary + b"--" + rnd.choice([b"", b"\r\n", b"\r\nepilogue \xff\r\n"])
    return head + b"\r\n" + body


def message(rnd, depth):
    head = b"Subject: x\r\n"
    if rnd.random() < 0.5:
        head += b"MIME-Version: 1.0\r\n"
    return head + entity(rnd, depth)


def run(text, step):
    return subprocess.run([FILTER, str(step)], input=text, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)


def fields(part):
    return [(name, value) for name, value in part.raw_items() if name.strip().lower() not in CHANGED]


def raw(text):
    return (text or "").encode("ascii", "surrogateescape")


def masked(data):
    return bytes(b if b < 128 else ord("?") for b in data)


def compare(before, after, path="message"):
    assert before.get_content_type() == after.get_content_type(), path
    if before["content-type"] is None and after["content-type"] is not None:
        added = after["content-type"]
        payload = before.get_payload(decode=True)
        try:
            payload.decode("utf-8")
            assert added == "text/plain; charset=utf-8", (path, added)
        except UnicodeDecodeError:
            assert added == "text/plain; charset=unknown-8bit", (path, added)
        del after["content-type"]
    assert fields(before) == fields(after), (path, fields(before), fields(after))
    for name in CHANGED:
        assert len(after.get_all(name, [])) <= max(1, len(before.get_all(name, []))), path
    assert before.is_multipart() == after.is_multipart(), path
    if before.is_multipart():
        assert masked(raw(before.preamble)) == raw(after.preamble), path
        assert masked(raw(before.epilogue)) == raw(after.epilogue), path
        assert len(before.get_payload()) == len(after.get_payload()), path
        assert str(after.get("content-transfer-encoding", "7bit")).lower() not in ("8bit", "binary"), path
        for i, (a, b) in enumerate(zip(before.get_payload(), after.get_payload())):
            compare(a, b, f"{path}.{i}")
        return
    body = raw(after._payload)  # get_payload() would decode it
    assert all(b < 128 for b in body), path
    old, new = before.get_payload(decode=True), after.get_payload(decode=True)
    assert old == new, (path, old, new)
    if after.get("content-transfer-encoding") != before.get("content-transfer-encoding"):
        assert all(len(line) <= 76 for line in body.split(b"\r\n")), path
        assert any(b > 127 for b in old), path


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    converted = 0
    for number in range(seed, seed + rounds):
        rnd = random.Random(number)
        text = message(rnd, rnd.randrange(4))
        if not text.endswith(b"\r\n"):
            text += b"\r\n"
        done = run(text, 0)
        sliced = run(text, rnd.choice([1, 2, 3, 7, 64, 1000]))
        assert done.returncode in (0, 77), (number, done.stderr)
        assert (done.returncode, done.stdout) == (sliced.returncode, sliced.stdout), number
        if done.returncode == 77:
            continue
        converted += 1
        try:
            compare(email.message_from_bytes(text), email.message_from_bytes(done.stdout))
        except Exception:
            sys.stdout.buffer.write(b"seed %d\n" % number + text + b"\n=====\n" + done.stdout)
            raise
    print(f"{converted} of {rounds} messages converted")
    return 0 if converted * 4 > rounds else 1


sys.exit(main())
