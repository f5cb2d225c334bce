"""Masks in pairs: each two centres share a secret that they never mail; one adds what it gives, the other takes it
away.

The secret of a pair is that of Diffie and Hellman, from the public keys that travel by the coordinating centre. A
masked number is a whole number modulo 2^256, spread evenly whatever it hides; only the sum over all centres has no mask
left. Sources: Bonawitz et al. 2017, doi:10.1145/3133956.3133982 (pairwise masks); RFC 3526, group 14; FIPS 202
(SHAKE256).
"""

import hashlib
import math
import secrets
from collections.abc import Iterable, Mapping, Sequence

PRIME = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B"
    "0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651"
    "ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC"
    "9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE5"
    "15D2261898FA051015728E5A8AACAA68FFFFFFFFFFFFFFFF",
    16,
)
GENERATOR, BITS, WIDTH = 2, 256, 32  # the ring has 2^256 numbers, of 32 bytes
POINT = 80  # binary places after the point
RING = 1 << BITS


def new_key() -> int:
    """A private key, never mailed."""
    return secrets.randbits(512) | 1 << 511


def public_key(private: int) -> str:
    """The key that is mailed, in hexadecimal digits."""
    return f"{pow(GENERATOR, private, PRIME):0512x}"


def is_key(text) -> bool:
    """Whether a text can be a public key: a number of the group that is none of the few that give the secret away."""
    try:
        return len(text) == 512 and 1 < int(text, 16) < PRIME - 1
    except (TypeError, ValueError):
        return False


def fingerprint(public: str) -> str:
    """Sixteen digits of a key that two persons can read to each other."""
    digest = hashlib.sha256(public.encode()).hexdigest()[:16]
    return " ".join(digest[i : i + 4] for i in range(0, 16, 4))


def masks_of(own: str, private: int, keys: Mapping[str, str], context: str, count: int) -> list[int]:
    """The masks of a centre for `count` numbers: with every other centre of `keys` a stream of both, added by the first
    by name.

    context : what the numbers answer, to the letter; no stream is used for two questions.
    """
    total = [0] * count
    for other, key in keys.items():
        if other == own:
            continue
        shared = pow(int(key, 16), private, PRIME).to_bytes(256, "big")
        pair = "\0".join([context, *sorted((own, other))]).encode()
        stream = hashlib.shake_256(hashlib.sha256(shared).digest() + pair).digest(WIDTH * count)
        sign = 1 if own < other else -1
        for i in range(count):
            total[i] += sign * int.from_bytes(stream[WIDTH * i : WIDTH * (i + 1)], "big")
    return [value % RING for value in total]


def masked(numbers: Sequence[float], masks: Sequence[int]) -> list[str]:
    """Numbers under their masks, in hexadecimal digits."""
    return [f"{(_whole(v) + m) % RING:064x}" for v, m in zip(numbers, masks, strict=True)]


def _whole(value: float) -> int:
    return round(math.ldexp(value, POINT)) % RING


def unmasked_sum(answers: Iterable[Sequence[str]]) -> list[float]:
    """The sums of the numbers over all centres of the masks."""
    totals = [sum(column) % RING for column in zip(*([int(v, 16) for v in a] for a in answers), strict=True)]
    return [(t if t < RING // 2 else t - RING) / (1 << POINT) for t in totals]
