#!/usr/bin/python3
"""NTLM, the whole exchange: what is sent is what [MS-NLMP] has, version 1.

The server asks; type 1 and type 3 are taken apart, and the answers to the
challenge are computed here, from nothing but MD4 (RFC 1320) and DES (FIPS 46-3),
which neither Python nor OpenSSL can be counted on to have.
"""

import base64
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests/weakness"))
import case  # noqa: E402 (the path comes first)
from case import Server  # noqa: E402

TO = "you@example.com"
UNICODE, OEM, TARGET, NTLM = 0x1, 0x2, 0x4, 0x200

# --- MD4 and DES ---


def md4(data):
    def turn(x, n):
        return ((x << n) | (x & 0xffffffff) >> (32 - n)) & 0xffffffff

    text = data + b"\x80" + bytes((55 - len(data)) % 64) + struct.pack("<Q", 8 * len(data))
    rows, columns = range(16), [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15]
    bits = [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15]
    rounds = ((lambda x, y, z: x & y | ~x & z, 0, rows, (3, 7, 11, 19)),
              (lambda x, y, z: x & y | x & z | y & z, 0x5a827999, columns, (3, 5, 9, 13)),
              (lambda x, y, z: x ^ y ^ z, 0x6ed9eba1, bits, (3, 9, 11, 15)))
    state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]
    for at in range(0, len(text), 64):
        words, new = struct.unpack("<16I", text[at:at + 64]), state
        for mix, constant, order, turns in rounds:
            for i, k in enumerate(order):
                a, b, c, d = new
                a = turn((a + mix(b, c, d) + words[k] + constant) & 0xffffffff, turns[i % 4])
                new = [d, a, b, c]
        state = [(x + y) & 0xffffffff for x, y in zip(state, new)]
    return struct.pack("<4I", *state)


def digits(text):
    return [int(n) for n in text.split()]


SBOX = [[int(x, 16) for x in box] for box in (
    "e4d12fb83a6c59070f74e2d1a6cb953841e8d62bfc973a50fc8249175b3ea06d",
    "f18e6b34972dc05a3d47f28ec01a69b50e7ba4d158c6932fd8a13f42b67c05e9",
    "a09e63f51dc7b428d709346a285ecbf1d6498f30b12c5ae71ad069874fe3b52c",
    "7de3069a1285bc4fd8b56f03472c1ae9a690cb7df13e52843f06a1d8945bc72e",
    "2c417ab6853fd0e9eb2c47d150fa3986421bad78f9c5630eb8c71e2d6f09a453",
    "c1af92680d34e75baf427c9561de0b389ef528c3704a1db6432c95fabe17608d",
    "4b2ef08d3c975a61d0b7491ae35c2f8614bdc37eaf6805926bd814a7950fe23c",
    "d2846fb1a93e50c71fd8a374c56b0e927b419ce206adf35821e74a8dfc90356b")]
PBOX = digits("16 7 20 21 29 12 28 17 1 15 23 26 5 18 31 10 2 8 24 14 32 27 3 9 19 13 30 6 "
              "22 11 4 25")
START = [8 * row + column for column in (2, 4, 6, 8, 1, 3, 5, 7) for row in range(7, -1, -1)]
SPREAD = [(4 * group + i - 1) % 32 + 1 for group in range(8) for i in range(6)]
KEY1 = digits("57 49 41 33 25 17 9 1 58 50 42 34 26 18 10 2 59 51 43 35 27 19 11 3 60 52 44 36 "
              "63 55 47 39 31 23 15 7 62 54 46 38 30 22 14 6 61 53 45 37 29 21 13 5 28 20 12 4")
KEY2 = digits("14 17 11 24 1 5 3 28 15 6 21 10 23 19 12 4 26 8 16 7 27 20 13 2 41 52 31 37 47 "
              "55 30 40 51 45 33 48 44 49 39 56 34 53 46 42 50 36 29 32")


def pick(bits, places):
    return [bits[n - 1] for n in places]


def to_bits(data):
    return [byte >> n & 1 for byte in data for n in range(7, -1, -1)]


def to_bytes(bits):
    return bytes(int("".join(map(str, bits[i:i + 8])), 2) for i in range(0, len(bits), 8))


def des(key, block):
    """One block; of the key's bytes the lowest bit does not count."""
    half = pick(to_bits(key), KEY1)
    left, right = half[:28], half[28:]
    bits = pick(to_bits(block), START)
    a, b = bits[:32], bits[32:]
    for number in range(16):
        n = 1 if number in (0, 1, 8, 15) else 2
        left, right = left[n:] + left[:n], right[n:] + right[:n]
        mixed = [x ^ y for x, y in zip(pick(b, SPREAD), pick(left + right, KEY2))]
        out = []
        for i, box in enumerate(SBOX):
            p, q, r, s, t, u = mixed[6 * i:6 * i + 6]
            value = box[16 * (2 * p + u) + 8 * q + 4 * r + 2 * s + t]
            out += [value >> n & 1 for n in (3, 2, 1, 0)]
        a, b = b, [x ^ y for x, y in zip(a, pick(out, PBOX))]
    return to_bytes(pick(b + a, [START.index(n) + 1 for n in range(1, 65)]))


# --- [MS-NLMP] 3.3.1 ---

def seven(key):
    """Seven bytes of key as the eight that DES takes."""
    bits = to_bits(key)
    return to_bytes([bit for i in range(0, 56, 7) for bit in [*bits[i:i + 7], 0]])


def nt_hash(password):
    return md4(password.encode("utf-16-le"))


def lm_hash(password):
    word = password.upper().encode("ascii")[:14].ljust(14, b"\0")
    return des(seven(word[:7]), b"KGS!@#$%") + des(seven(word[7:]), b"KGS!@#$%")


def answer(key, challenge):
    key = key.ljust(21, b"\0")
    return b"".join(des(seven(key[i:i + 7]), challenge) for i in (0, 7, 14))


def check_sums(_):
    """Against what is published."""
    for text, digest in ((b"", "31d6cfe0d16ae931b73c59d7e0c089c0"),
                         (b"abc", "a448017aaf21d8525fc10ae87aa6729d"),
                         (b"1234567890" * 8, "e33b4ddc9c38f2199c3e7b164fcc0536")):
        assert md4(text).hex() == digest, text
    block = des(bytes.fromhex("133457799bbcdff1"), bytes.fromhex("0123456789abcdef"))
    assert block.hex() == "85e813540f0ab405", block.hex()
    # [MS-NLMP] 4.2.2
    challenge = bytes.fromhex("0123456789abcdef")
    assert nt_hash("Password").hex() == "a4f49c406510bdcab6824ee7c30fd852"
    assert lm_hash("Password").hex() == "e52cac67419a9a224a3b108f3fa6cb6d"
    assert answer(nt_hash("Password"), challenge).hex() == \
        "67c43011f30298a2ad35ece64f16331c44bdbed927841f94"
    assert answer(lm_hash("Password"), challenge).hex() == \
        "98def7b87f88aa5dafe2df779688a172def11c7d5ccdef13"


# --- messages ---

def type2(challenge, target="", flags=UNICODE | NTLM):
    name = target.encode("utf-16-le" if flags & UNICODE else "ascii")
    return struct.pack("<8sIHHII8s8sHHI", b"NTLMSSP", 2, len(name), len(name), 48, flags,
                       challenge, b"", 0, 0, 48 + len(name)) + name


def fields(message, places):
    """The pieces that the message points at; they lie in it, one behind the other."""
    first, pieces, taken = max(places) + 8, [], []
    for place in places:
        size, room, at = struct.unpack_from("<HHI", message, place)
        assert size <= room and first <= at and at + size <= len(message), (place, message)
        pieces.append(message[at:at + size])
        taken += range(at, at + size)
    assert len(taken) == len(set(taken)), "pieces of the message overlap"
    return pieces


class Exchange:
    """One login: what the client said, each message as it was in base 64."""

    def __init__(self, c, relay, challenge, user, password, *rc, says="235 in", clear=False):
        self.challenge, self.says, self.said = challenge, says, []
        self.server = Server(lambda s: s.accept_mail("AUTH NTLM", login=self.login),
                             tls=None if clear else (f"{relay.folder}/ca/good.pem",
                                                     f"{relay.folder}/ca/good.key"))
        trust = ["tls off"] if clear else \
            ["tls on", "tls_starttls off", f"tls_trust_file {relay.ca}"]
        self.run = c.run("-C", c.rc(self.server.port, *trust, "auth ntlm", f"user {user}",
                                    f"password {password}", *rc), TO)
        self.server.join(20)

    def login(self, server, line):
        self.said.append(line)
        server.say("334 NTLM supported")
        self.said.append(server.hear())
        server.say("334 " + (self.challenge if isinstance(self.challenge, str) else
                             base64.b64encode(self.challenge).decode()))
        self.said.append(server.hear())
        if self.said[-1] not in ("", "*"):
            server.say(self.says)

    def message(self, number):
        return base64.b64decode(self.said[number], validate=True)


LOGINS = [  # user, password, target, flags, challenge; what type 3 has to name
    ("User", "Password", "", UNICODE | NTLM, "0123456789abcdef", "User", ""),
    ("User", "Password", "", OEM | NTLM, "0123456789abcdef", "User", ""),
    ("joe", "open-sesame", "STABLE", UNICODE | NTLM | TARGET, "ffffffffffffffff", "joe",
     "STABLE"),
    ("joe", "x", "A much longer name", UNICODE | NTLM | TARGET, "0000000000000001", "joe",
     "A much longer name"),
    ("joe", "exactly7", "D", UNICODE | NTLM | TARGET, "8000000000000000", "joe", "D"),
    ("joe", "more than fourteen letters, and signs: \\\"'%$", "D", UNICODE | NTLM | TARGET,
     "00ff00ff0a0d0a0d", "joe", "D"),
    # what is behind the @ stands for the domain
    ("joe@inn.example", "a password", "D", UNICODE | NTLM | TARGET, "1122334455667788", "joe",
     "inn.example"),
]


def check_exchange(c):
    with c.relay() as relay:
        for user, password, target, flags, hexes, who, where in LOGINS:
            challenge = bytes.fromhex(hexes)
            done = Exchange(c, relay, type2(challenge, target, flags), user, password)
            assert done.run.status == 0, (user, done.run.err)
            assert b"MAIL FROM:<me@example.org>" in done.server.heard
            assert done.said[0] == "AUTH NTLM", done.said
            first, last = done.message(1), done.message(2)
            assert first[:12] == b"NTLMSSP\0\1\0\0\0", first
            assert struct.unpack_from("<I", first, 12)[0] & (UNICODE | NTLM) == UNICODE | NTLM
            fields(first, (16, 24))
            assert last[:12] == b"NTLMSSP\0\3\0\0\0", last
            lm, nt, domain, name, _, key = fields(last, (12, 20, 28, 36, 44, 52))
            assert nt == answer(nt_hash(password), challenge), (user, password, nt.hex())
            assert lm == answer(lm_hash(password), challenge), (user, password, lm.hex())
            assert domain.decode("utf-16-le") == where, domain
            assert name.decode("utf-16-le") == who, name
            assert key == b"" and struct.unpack_from("<I", last, 60)[0] & NTLM


def check_refused(c):
    """A wrong password is a refused login: 77, and no mail."""
    with c.relay() as relay:
        done = Exchange(c, relay, type2(b"12345678"), "joe", "wrong", says="535 5.7.8 no")
        assert done.run.status == 77 and "535 5.7.8 no" in done.run.err, done.run.err
        assert len(done.said) == 3 and b"MAIL" not in done.server.heard


def check_no_challenge(c):
    """What is not a type 2 gets no answer that is made of the password."""
    good = type2(b"12345678", "STABLE")

    def pointing(size, at):
        return good[:12] + struct.pack("<HHI", size, size, at) + good[20:]

    with c.relay() as relay:
        for bad in ("", "this is not base 64!", b"", b"NTLMSSP", good[:31], good[:8],
                    b"ntlmssp" + good[7:], good[:8] + b"\1" + good[9:], good[:11] + b"\1" + good[12:],
                    b"\0" * 48, pointing(12, 49), pointing(65535, 48), pointing(2, 0xffffffff),
                    pointing(12, 0x80000000)):
            done = Exchange(c, relay, bad, "joe", "open-sesame")
            assert done.run.status == 76 and "challenge" in done.run.err, (bad, done.run.err)
            assert done.run.err.count("\n") == 1, done.run.err
            assert done.said[2] == "*", (bad, done.said)
            assert b"MAIL" not in done.server.heard


def check_shortest(c):
    """Old servers end their type 2 with the challenge."""
    with c.relay() as relay:
        done = Exchange(c, relay, type2(b"12345678")[:32], "joe", "open-sesame")
        assert done.run.status == 0, done.run.err
        nt = fields(done.message(2), (12, 20, 28, 36, 44, 52))[1]
        assert nt == answer(nt_hash("open-sesame"), b"12345678")


def check_domain(c):
    """ntlmdomain is in the first message; the last has the relay's target."""
    with c.relay() as relay:
        done = Exchange(c, relay, type2(b"12345678", "STABLE", UNICODE | NTLM | TARGET), "joe",
                        "open-sesame", "ntlmdomain MYDOM")
        assert done.run.status == 0 and b"MYDOM" in done.message(1), done.said
        domain = fields(done.message(2), (12, 20, 28, 36, 44, 52))[2]
        assert domain.decode("utf-16-le") == "STABLE"


def check_beyond_ascii(c):
    """The library would make another password of it: said, and nothing tried."""
    with c.relay() as relay:
        for user, password in (("joe", "s\u00e9same4711"), ("jo\u00eb", "sesame4711")):
            done = Exchange(c, relay, type2(b"12345678"), user, password)
            assert done.run.status == 69 and "ASCII" in done.run.err, done.run.err
            assert password not in done.run.err and done.said == [], done.said


def main():
    failed = done = 0
    for name, test in sorted(globals().items()):
        if not name.startswith("check_") or (sys.argv[1:] and name[6:] not in sys.argv[1:]):
            continue
        c = case.Case()
        try:
            test(c)
            done += 1
            print("ok -", name[6:], flush=True)
        except Exception as e:  # pylint: disable=broad-except
            failed += 1
            print("NOT OK -", name[6:], type(e).__name__, e, flush=True)
        finally:
            c.clear()
    print(f"{done} good, {failed} bad")
    sys.exit(1 if failed or not done else 0)


main()
