"""Counting models against plain Python on small texts, and against what must hold for any text."""

from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_course.markov import AddK, KneserNey, NGramModel, WittenBell, encode
from rnn_course.markov.smoothing import discounts

SMOOTHINGS = [AddK(0), AddK(0.5), WittenBell(), KneserNey()]
every_smoothing = pytest.mark.parametrize("smoothing", SMOOTHINGS, ids=str)
# few symbols and many repeats: all counts of counts occur, and so do contexts that were never seen
TEXT = np.random.default_rng(0).choice(4, 400, p=[0.6, 0.25, 0.1, 0.05])
TEST = np.random.default_rng(1).integers(5, size=60)


class Plain:
    """The definitions, word for word, with dictionaries of tuples."""

    def __init__(self, tokens, vocabulary_size, order, smoothing):
        self.V, self.smoothing = vocabulary_size, smoothing
        tokens = tuple(tokens.tolist())
        self.raw = [Counter(tokens[t - k : t + 1] for t in range(k, len(tokens))) for k in range(order + 1)]
        self.lower = self.raw[:-1]
        if isinstance(smoothing, KneserNey):
            self.lower = []
            for longer in self.raw[1:]:
                before = defaultdict(set)
                for gram in longer:
                    before[gram[1:]].add(gram[0])
                self.lower.append(Counter({gram: len(tokens) for gram, tokens in before.items()}))

    def probability(self, context, token, table=None):
        table = self.raw[len(context)] if table is None else table
        following = {gram[-1]: n for gram, n in table.items() if gram[:-1] == tuple(context)}
        total, count = sum(following.values()), following.get(token, 0)
        if isinstance(self.smoothing, AddK):
            k = self.smoothing.k
            return (count + k) / (total + k * self.V) if total or k else 1 / self.V
        shorter = self.probability(context[1:], token, self.lower[len(context) - 1]) if len(context) else 1 / self.V
        if not total:
            return shorter
        if isinstance(self.smoothing, WittenBell):
            return (count + len(following) * shorter) / (total + len(following))
        d = discounts(tuple(sum(n == i for n in table.values()) for i in (1, 2, 3, 4)))
        off = lambda n: 0 if n == 0 else d[min(n, 3) - 1]  # noqa: E731
        return (count - off(count) + sum(off(n) for n in following.values()) * shorter) / total


class TestAgainstPlainPython:
    @every_smoothing
    @pytest.mark.parametrize("order", [0, 1, 2, 3])
    def test_probabilities(self, smoothing, order):
        model, plain = NGramModel(5, order, smoothing).fit(TEXT), Plain(TEXT, 5, order, smoothing)
        received = model.probabilities(TEST)
        expected = [plain.probability(TEST[max(t - order, 0) : t], token) for t, token in enumerate(TEST)]
        np.testing.assert_allclose(received[order], expected, rtol=1e-12)
        for k in range(order):  # the rows above are the models of lower order
            lower = NGramModel(5, k, smoothing).fit(TEXT).probabilities(TEST)
            np.testing.assert_allclose(received[k], lower[k], rtol=1e-12)

    @every_smoothing
    @given(st.lists(st.integers(0, 2), min_size=4, max_size=40), st.integers(0, 3))
    def test_any_text(self, smoothing, tokens, order):
        tokens = np.array(tokens)
        model, plain = NGramModel(3, order, smoothing).fit(tokens), Plain(tokens, 3, order, smoothing)
        context = tokens[:order]
        expected = [plain.probability(context, token) for token in range(3)]
        np.testing.assert_allclose(model.next_token(context), expected, rtol=1e-12, atol=1e-15)

    def test_counts_of_a_text_by_hand(self):
        """abracadabra: after "a" come b, c, d, b."""
        tokens, symbols = encode("abracadabra")
        assert symbols == "abcdr"
        after_a = NGramModel(5, 1, AddK(0)).fit(tokens).next_token([0])
        np.testing.assert_allclose(after_a, [0, 2 / 4, 1 / 4, 1 / 4, 0])
        # Witten-Bell: 4 occurrences, 3 kinds; the order below has 11 letters, 5 kinds and 1/5 for each
        below = lambda n: (n + 5 / 5) / (11 + 5)  # noqa: E731
        after_a = NGramModel(5, 1, WittenBell()).fit(tokens).next_token([0])
        counts = [(0, 5), (2, 2), (1, 1), (1, 1), (0, 2)]
        np.testing.assert_allclose(after_a, [(n + 3 * below(m)) / 7 for n, m in counts])


class TestProbabilities:
    @every_smoothing
    @given(st.lists(st.integers(0, 3), min_size=4, max_size=60), st.lists(st.integers(0, 3), max_size=5))
    def test_sum_to_1_after_any_context(self, smoothing, tokens, context):
        model = NGramModel(4, 3, smoothing).fit(np.array(tokens))
        for order in range(4):
            p = model.next_token(context, order)
            assert p.min() >= 0
            assert p.sum() == pytest.approx(1, abs=1e-12)

    @every_smoothing
    def test_one_token_at_a_time_is_the_same_as_all_at_once(self, smoothing):
        model = NGramModel(5, 3, smoothing).fit(TEXT)
        at_once = model.probabilities(TEST)
        for order in range(4):
            one_by_one = [model.next_token(TEST[:t], order)[token] for t, token in enumerate(TEST)]
            np.testing.assert_allclose(at_once[order], one_by_one, rtol=1e-12)

    @every_smoothing
    @pytest.mark.parametrize("start", [0, 1, 2, 30, 59])
    def test_start_leaves_out_what_comes_before_but_sees_it(self, smoothing, start):
        model = NGramModel(5, 3, smoothing).fit(TEXT)
        np.testing.assert_array_equal(model.probabilities(TEST, start), model.probabilities(TEST)[:, start:])

    @pytest.mark.parametrize("smoothing", SMOOTHINGS[1:], ids=str)
    def test_no_token_is_impossible_once_smoothed(self, smoothing):
        model = NGramModel(6, 2, smoothing).fit(TEXT)  # tokens 4 and 5 never occur in it
        assert model.probabilities(np.array([5, 4, 5, 0, 5])).min() > 0

    def test_maximum_likelihood_is_best_on_its_own_text_and_infinitely_bad_on_another(self):
        bits = {s: NGramModel(5, 2, s).fit(TEXT).bits(TEXT) for s in SMOOTHINGS}
        assert all((bits[SMOOTHINGS[0]] <= other + 1e-12).all() for other in bits.values())
        assert NGramModel(5, 2, AddK(0)).fit(TEXT).bits(TEST).tolist() == [np.inf] * 3


class TestBits:
    @every_smoothing
    def test_a_coin_costs_one_bit(self, smoothing, rng):
        coins = rng.integers(2, size=60_000)
        bits = NGramModel(2, 3, smoothing).fit(coins[:50_000]).bits(coins, 50_000)
        assert bits == pytest.approx([1.0] * 4, abs=0.005)

    @pytest.mark.parametrize("smoothing", [AddK(0.5), WittenBell()], ids=str)
    def test_at_order_0_every_shuffle_costs_the_same(self, smoothing, rng):
        expected = NGramModel(5, 0, smoothing).fit(TEXT).bits(TEST)
        shuffled = NGramModel(5, 0, smoothing).fit(rng.permutation(TEXT)).bits(rng.permutation(TEST))
        np.testing.assert_allclose(shuffled, expected, rtol=1e-12)

    def test_are_the_mean_surprise(self):
        model = NGramModel(5, 2, WittenBell()).fit(TEXT)
        np.testing.assert_allclose(model.bits(TEST, 7), -np.log2(model.probabilities(TEST, 7)).mean(axis=1))

    def test_a_markov_source_is_learned_at_its_order(self, rng):
        tokens = np.zeros(100_000, np.int64)
        noise = rng.random(len(tokens)) < 0.1
        for t in range(2, len(tokens)):
            tokens[t] = tokens[t - 2] ^ noise[t]  # entropy rate: that of a coin that falls on one side 9 times of 10
        for smoothing in SMOOTHINGS:
            bits = NGramModel(2, 4, smoothing).fit(tokens[:90_000]).bits(tokens, 90_000)
            assert bits[:2] == pytest.approx([1, 1], abs=0.01)
            assert bits[2:] == pytest.approx([0.469] * 3, abs=0.02)


class TestSample:
    @every_smoothing
    def test_shares_come_close_to_the_probabilities(self, smoothing, rng):
        model = NGramModel(5, 2, smoothing).fit(TEXT)
        drawn = [model.sample(1, rng, context=[0, 1]).item() for _ in range(4000)]
        np.testing.assert_allclose(np.bincount(drawn, minlength=5) / 4000, model.next_token([0, 1]), atol=0.04)

    def test_goes_on_where_the_context_ends(self, rng):
        model = NGramModel(3, 2, AddK(0)).fit(np.tile([0, 1, 2], 20))
        assert model.sample(5, rng, context=[0, 1]).tolist() == [2, 0, 1, 2, 0]

    def test_seed_decides(self):
        model = NGramModel(5, 2, KneserNey()).fit(TEXT)
        first, second, other = (model.sample(50, np.random.default_rng(s), order=1) for s in (1, 1, 2))
        np.testing.assert_array_equal(first, second)
        assert not np.array_equal(first, other)


class TestDiscounts:
    def test_of_the_paper(self):
        """Chen & Goodman: Y = n1 / (n1 + 2 n2); D1 = 1 - 2 Y n2/n1, D2 = 2 - 3 Y n3/n2, D3 = 3 - 4 Y n4/n3."""
        share = 1000 / 1800
        assert discounts((1000, 400, 200, 120)) == pytest.approx(
            (1 - 2 * share * 0.4, 2 - 3 * share * 0.5, 3 - 4 * share * 0.6)
        )

    @given(st.tuples(*[st.integers(0, 1000)] * 4))
    def test_never_take_more_than_there_is(self, counts_of_counts):
        for i, discount in enumerate(discounts(counts_of_counts), start=1):
            assert 0 <= discount <= i


class TestEncode:
    @given(st.text(min_size=1))
    def test_goes_both_ways(self, text):
        tokens, symbols = encode(text)
        assert "".join(symbols[i] for i in tokens) == text
        assert list(symbols) == sorted(set(text))


class TestBadInput:
    @pytest.mark.parametrize(("vocabulary_size", "order"), [(0, 1), (3, -1), (65, 10)])
    def test_size_and_order(self, vocabulary_size, order):
        with pytest.raises(ValueError, match=f"received V = {vocabulary_size}, order = {order}"):
            NGramModel(vocabulary_size, order, WittenBell())

    @pytest.mark.parametrize(
        ("tokens", "message"),
        [
            (np.array([0, 4, 1]), "expected ids from 0 to 3, received 0 to 4"),
            (np.array([0, -1, 1]), "received -1 to 1"),
            (np.array([0.0, 1.0, 2.0]), r"integer ids of shape \(T,\), received float64"),
            (np.zeros((3, 1), int), r"received int64 of \(3, 1\)"),
        ],
    )
    def test_tokens(self, tokens, message):
        model = NGramModel(4, 1, WittenBell()).fit(np.arange(4))
        for use in (model.fit, model.probabilities, model.bits):
            with pytest.raises(ValueError, match=message):
                use(tokens)

    def test_too_few_tokens(self):
        with pytest.raises(ValueError, match="expected more than the order, 3, received 3"):
            NGramModel(4, 3, WittenBell()).fit(np.arange(3))

    def test_not_fitted(self):
        with pytest.raises(ValueError, match="Call fit first"):
            NGramModel(4, 1, WittenBell()).probabilities(np.arange(4))
        with pytest.raises(ValueError, match="Call fit first"):
            NGramModel(4, 1, WittenBell()).next_token([0])

    @pytest.mark.parametrize("start", [-1, 4])
    def test_start(self, start):
        with pytest.raises(ValueError, match=f"start: expected 0 to 3 for 4 tokens, received {start}"):
            NGramModel(4, 1, WittenBell()).fit(np.arange(4)).bits(np.arange(4), start)

    def test_order_of_the_next_token(self):
        with pytest.raises(ValueError, match="order: expected 0 to 1, received 2"):
            NGramModel(4, 1, WittenBell()).fit(np.arange(4)).next_token([0, 1], order=2)

    def test_negative_k(self):
        with pytest.raises(ValueError, match="k: expected 0 or more, received -1"):
            AddK(-1)
