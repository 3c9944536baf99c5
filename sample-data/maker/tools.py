"""Numbers that are the same everywhere: a small generator, exact decimal text, and the tally of what was planted.

Nothing here or in the other parts uses a float, the `random` module, or the clock.
"""
import csv
import io
import time

MASK = (1 << 64) - 1
ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
MONTH_START = 1767225600  # 2026-01-01T00:00:00Z, in unix seconds
PERIOD = "2026-01"


class Rng:
    """splitmix64. Each purpose has a stream of its own, so that a change to one part leaves the others as they were."""

    def __init__(self, seed, stream):
        mark = 0xCBF29CE484222325
        for byte in stream.encode("utf-8"):
            mark = ((mark ^ byte) * 0x100000001B3) & MASK
        self.state = (seed ^ mark) & MASK

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, n):
        return (self.next() * n) >> 64

    def between(self, low, high):
        """An integer from low to high, both included."""
        return low + self.below(high - low + 1)

    def chance(self, per_mille):
        return self.below(1000) < per_mille

    def pick(self, things):
        return things[self.below(len(things))]

    def weighted(self, pairs):
        """One thing out of [(thing, weight)]."""
        left = self.below(sum(weight for _, weight in pairs))
        for thing, weight in pairs:
            if left < weight:
                return thing
            left -= weight
        raise AssertionError("weights add up to nothing")

    def tiered(self, tiers):
        """A number from [(low, high, weight)]: first the tier, then evenly within it."""
        low, high = self.weighted([((low, high), weight) for low, high, weight in tiers])
        return self.between(low, high)

    def shuffled(self, things):
        out = list(things)
        for i in range(len(out) - 1, 0, -1):
            j = self.below(i + 1)
            out[i], out[j] = out[j], out[i]
        return out

    def text(self, length):
        return "".join(self.pick(ALNUM) for _ in range(length))

    def uuid(self):
        """The shape of a version 4 UUID."""
        h = "%016x%016x" % (self.next(), self.next())
        return "%s-%s-4%s-%s%s-%s" % (h[:8], h[8:12], h[13:16], "89ab"[int(h[16], 16) & 3], h[17:20], h[20:])


def decimal(units, scale, trim=False):
    """units x 10^-scale as text; with trim, without trailing zeros."""
    sign, whole = ("-", -units) if units < 0 else ("", units)
    text = "%s%d.%0*d" % (sign, whole // 10 ** scale, scale, whole % 10 ** scale)
    return text.rstrip("0").rstrip(".") if trim else text


def half_up(units, divisor):
    """units / divisor to the nearest whole number, halves away from zero."""
    sign = -1 if units < 0 else 1
    return sign * ((abs(units) * 2 + divisor) // (2 * divisor))


def iso(seconds, millis=None):
    """A moment in UTC: 2026-01-05T14:03:22Z, or with .mmm before the Z."""
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return text + "Z" if millis is None else "%s.%03dZ" % (text, millis)


def csv_text(header, rows, newline="\n", bom=False):
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=newline)
    writer.writerow(header)
    writer.writerows(rows)
    return ("\ufeff" if bom else "") + out.getvalue()


class Tally:
    """What was planted, by class: items, rows on both sides, and exact sums."""

    def __init__(self):
        self.classes = {}

    def item(self, kind, outcome, billed=(), recorded=(), name=None):
        """One item: the amounts of its bill rows and of its ledger rows (None for a ledger row without an amount)."""
        c = self.classes.setdefault(kind, {
            "outcome": outcome, "items": 0, "bill_lines": 0, "ledger_entries": 0, "billed": 0, "recorded": 0, "names": []})
        assert c["outcome"] == outcome, kind
        c["items"] += 1
        c["bill_lines"] += len(billed)
        c["ledger_entries"] += len(recorded)
        c["billed"] += sum(billed)
        c["recorded"] += sum(amount for amount in recorded if amount is not None)
        if name:
            c["names"].append(name)

    def total(self, field):
        return sum(c[field] for c in self.classes.values())

    def outcomes(self):
        out = {}
        for c in self.classes.values():
            o = out.setdefault(c["outcome"], {"items": 0, "bill_lines": 0, "ledger_entries": 0, "billed": 0, "recorded": 0})
            for field in o:
                o[field] += c[field]
        return out
