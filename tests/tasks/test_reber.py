"""The Reber grammars: strings against a regular expression, successors against brute force, and the criterion."""

import re
from collections import Counter

import numpy as np
import pytest

from rnn_course.tasks.reber import SYMBOLS, all_predicted, arrows, encode_reber, legal_successors, reber_string

FROM_3 = "T*(?:VPXT*)*V(?:V|PS)"  # node 3 to the last symbol before E, round the loop V P X as often as one likes
REBER = f"B(?:TS*X(?:S|X{FROM_3})|P{FROM_3})E"
EMBEDDED = f"B([TP]){REBER}\\1E"


@pytest.mark.parametrize(("embedded", "pattern"), [(False, REBER), (True, EMBEDDED)])
class TestStrings:
    def test_every_string_is_of_the_grammar(self, rng, embedded, pattern):
        for _ in range(500):
            assert re.fullmatch(pattern, reber_string(rng, embedded))

    def test_every_short_string_of_the_grammar_is_drawn(self, rng, embedded, pattern):
        """All strings over the seven symbols that the expression takes, up to a length, are walks and come up."""
        longest = 7 if not embedded else 10
        seen = {s for s in (reber_string(rng, embedded) for _ in range(6000)) if len(s) <= longest}
        expected, prefixes = set(), [""]
        while prefixes:
            prefix = prefixes.pop()
            if re.fullmatch(pattern, prefix):
                expected.add(prefix)
            elif len(prefix) < longest:
                prefixes += [prefix + symbol for symbol in legal_successors(prefix, embedded)]
        assert seen == expected

    def test_successors_equal_what_follows_in_many_strings(self, rng, embedded, pattern):
        strings = [reber_string(rng, embedded) for _ in range(4000)]
        following = {}
        for string in strings:
            for t in range(len(string)):
                following.setdefault(string[:t], Counter())[string[t]] += 1
        for prefix, counts in following.items():
            legal = legal_successors(prefix, embedded)
            assert set(counts) <= set(legal)
            if counts.total() > 200:
                assert set(counts) == set(legal)
                assert max(counts.values()) / counts.total() < (0.65 if len(legal) == 2 else 1.1)

    def test_a_wrong_symbol_is_named(self, rng, embedded, pattern):
        with pytest.raises(ValueError, match="expected one of 'TP' after 'B', received 'X'"):
            legal_successors("BX", embedded)
        assert legal_successors(reber_string(rng, embedded), embedded) == ""


def test_the_two_ends_agree_and_nothing_between_tells(rng):
    strings = [reber_string(rng) for _ in range(3000)]
    assert all(s[1] == s[-2] for s in strings)
    inner = Counter((s[1], s[2:5]) for s in strings)
    for (first, start), count in inner.items():
        other = inner[("P" if first == "T" else "T", start)]
        assert abs(count - other) < 5 * np.sqrt(count + other)


def test_the_shortest_embedded_string_has_nine_symbols(rng):
    assert min(len(reber_string(rng)) for _ in range(1000)) == 9


def test_the_embedded_grammar_has_two_copies_of_the_inner_one():
    assert len(arrows()) == 2 * len(arrows(embedded=False)) + 4
    assert {symbol for leaving in arrows().values() for symbol in leaving} == set(SYMBOLS)


class TestEncoding:
    def test_tokens_targets_and_legal_symbols(self, rng):
        strings = [reber_string(rng) for _ in range(20)]
        tokens, following, legal = encode_reber(strings)
        assert len(tokens) == max(map(len, strings)) - 1
        for b, string in enumerate(strings):
            n = len(string) - 1
            assert "".join(SYMBOLS[i] for i in tokens[:n, b]) == string[:-1]
            assert "".join(SYMBOLS[i] for i in following[:n, b]) == string[1:]
            assert (following[n:, b] == -1).all()
            assert not legal[n:, b].any()
            assert legal[np.arange(n), b, following[:n, b]].all()
            for t in range(n):
                assert "".join(SYMBOLS[i] for i in np.flatnonzero(legal[t, b])) == legal_successors(string[: t + 1])

    def test_one_wrong_score_spoils_its_string_alone(self, rng):
        strings = [reber_string(rng) for _ in range(5)]
        _, _, legal = encode_reber(strings)
        scores = legal + 0.1 * rng.random(legal.shape)
        assert all_predicted(scores, legal).all()
        t, b = len(strings[3]) - 3, 3  # where the second symbol must come again
        scores[t, b] = -scores[t, b]
        assert all_predicted(scores, legal).tolist() == [True, True, True, False, True]

    def test_scores_after_the_end_do_not_count(self, rng):
        strings = ["BTBTXSETE", "BPBPVPXTVVEPE"]
        _, _, legal = encode_reber(strings)
        scores = legal.astype(float)
        scores[~legal.any(axis=2)] = rng.random(7)
        assert all_predicted(scores, legal).all()

    def test_all_possible_symbols_must_be_on_top(self):
        _, _, legal = encode_reber(["BTXSE"], embedded=False)
        scores = legal.astype(float)
        scores[0, 0, SYMBOLS.index("P")] = -1  # P could come as well as T
        assert not all_predicted(scores, legal).any()
