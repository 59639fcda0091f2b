"""Why order matters: counts, ceilings, splits, shuffles, and softmax regression against differences and torch."""

from collections import Counter
from itertools import pairwise, product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rnn_course import torch_twins
from rnn_course.functional import cross_entropy
from rnn_course.gradcheck import check_gradient, gradcheck
from rnn_course.order import (
    BagOfNgrams,
    bag_baseline,
    bag_of_words,
    ngram_counts,
    one_hot,
    shuffle_characters,
    shuffle_letters,
    shuffle_words,
    time_split,
)

TEXT = "The quick brown fox,\n  jumps over\tthe lazy dog.\n\nAnd then it rests; or not?\n" * 3
SHAPES = st.tuples(st.integers(1, 6), st.integers(1, 5), st.integers(1, 4))  # T, B, V


def random_model(rng, vocabulary_size, n_classes, n):
    model = BagOfNgrams(vocabulary_size, n_classes, n)
    for value in model.parameters().values():
        value[...] = rng.standard_normal(value.shape)
    return model


class TestCounts:
    @given(SHAPES, st.data())
    def test_equal_a_plain_count(self, shape, data):
        length, batch_size, vocabulary_size = shape
        n = data.draw(st.integers(1, min(length, 3)))
        tokens = np.random.default_rng(0).integers(vocabulary_size, size=(length, batch_size))
        counts = ngram_counts(tokens, vocabulary_size, n)
        assert counts.shape == (batch_size, vocabulary_size**n)
        for sequence, row in zip(tokens.T.tolist(), counts, strict=True):
            expected = Counter(tuple(sequence[t : t + n]) for t in range(length - n + 1))
            runs = product(range(vocabulary_size), repeat=n)  # in the order of the columns
            assert row.tolist() == [expected[run] for run in runs]

    def test_a_bag_is_the_sum_of_one_hot_vectors_and_blind_to_order(self, rng):
        tokens = rng.integers(5, size=(9, 4))
        bag = bag_of_words(tokens, 5)
        np.testing.assert_array_equal(bag, one_hot(tokens, 5).sum(axis=0))
        np.testing.assert_array_equal(bag, bag_of_words(rng.permutation(tokens), 5))

    @pytest.mark.parametrize(
        ("tokens", "n", "message"),
        [
            (np.zeros(3, int), 1, r"shape \(T, B\).*received \(3,\)"),
            (np.zeros((2, 1), int), 3, r"T of at least n = 3 > 0, received \(2, 1\)"),
            (np.zeros((2, 1), int), 0, r"received \(2, 1\)"),
            (np.full((2, 1), 4), 1, "expected ids from 0 to 3, received 4 to 4"),
            (np.full((2, 1), -1), 1, "received -1 to -1"),
            (np.zeros((2, 1)), 1, "expected integer ids, received float64"),
        ],
    )
    def test_bad_input_is_named(self, tokens, n, message):
        with pytest.raises(ValueError, match=message):
            ngram_counts(tokens, 4, n)
        with pytest.raises(ValueError, match=message):
            BagOfNgrams(4, 2, max(n, 0)).forward(tokens)

    def test_one_hot_refuses_ids_out_of_range(self):
        with pytest.raises(ValueError, match="expected ids from 0 to 2, received 0 to 3"):
            one_hot(np.array([0, 3]), 3)


class TestBagBaseline:
    def test_the_derived_ceiling_by_exact_enumeration(self):
        """All 4 classes with all fillings of 4 positions by 2 distractors, X and Y at two places: eq-order-hand."""
        sequences, labels = [], []
        for label, pair in enumerate(product((2, 3), repeat=2)):
            for distractors in product((0, 1), repeat=3):
                a, b, c = distractors
                sequences.append([a, pair[0], b, pair[1], c])
                labels.append(label)
        tokens, labels = np.array(sequences).T, np.array(labels)
        assert bag_baseline(tokens, labels, [2, 3]) == 0.75
        assert bag_baseline(tokens, labels, range(4)) == 0.75  # the distractors' counts add nothing
        assert bag_baseline(tokens, labels, [0, 1]) == bag_baseline(tokens, labels, []) == 0.25

    @given(st.integers(1, 5), st.integers(1, 30), st.integers(1, 3), st.integers(0, 1000))
    def test_equals_a_lookup_table(self, length, batch_size, vocabulary_size, seed):
        rng = np.random.default_rng(seed)
        tokens = rng.integers(vocabulary_size, size=(length, batch_size))
        labels = rng.integers(-1, 3, batch_size)
        groups = {}
        for sequence, label in zip(tokens.T.tolist(), labels.tolist(), strict=True):
            groups.setdefault(tuple(sorted(sequence)), Counter())[label] += 1
        right = sum(max(group.values()) for group in groups.values())
        assert bag_baseline(tokens, labels, range(vocabulary_size)) == pytest.approx(right / batch_size)

    def test_counting_all_symbols_of_a_small_sample_overfits(self, rng):
        tokens, labels = rng.integers(8, size=(100, 200)), rng.integers(4, size=200)
        assert bag_baseline(tokens, labels, range(8)) > 0.95  # though the labels are noise
        assert bag_baseline(tokens, labels, []) < 0.4

    @pytest.mark.parametrize(("tokens", "labels"), [((3,), 3), ((3, 2), 3), ((3, 0), 0)])
    def test_bad_shapes_are_named(self, tokens, labels):
        with pytest.raises(ValueError, match=r"expected tokens of shape \(T, B\) and labels of shape \(B,\)"):
            bag_baseline(np.zeros(tokens, int), np.zeros(labels, int), [0])


class TestTimeSplit:
    @given(st.integers(20, 5000), st.lists(st.integers(1, 9), min_size=1, max_size=4), st.integers(0, 3))
    def test_parts_are_in_order_apart_and_complete(self, n_steps, weights, gap):
        fractions = [w / sum(weights) for w in weights]
        try:
            parts = time_split(n_steps, fractions, gap)
        except ValueError:
            assert min(fractions) * n_steps <= gap + 1
            return
        assert len(parts) == len(fractions)
        assert parts[0].start == 0
        assert parts[-1].stop == n_steps
        for before, after in pairwise(parts):
            assert after.start - before.stop == gap
        for part, fraction in zip(parts, fractions, strict=True):
            assert abs(part.stop - part.start - fraction * n_steps) <= gap + 1

    @pytest.mark.parametrize("window", [1, 5, 20])
    def test_windows_of_different_parts_share_no_step_with_a_gap(self, window):
        windows = np.lib.stride_tricks.sliding_window_view(np.arange(500), window)
        parts = [set(windows[part].ravel()) for part in time_split(len(windows), gap=window - 1)]
        assert not parts[0] & parts[1]
        assert not parts[1] & parts[2]
        if window > 1:
            leaky = [set(windows[part].ravel()) for part in time_split(len(windows), gap=window - 2)]
            assert leaky[0] & leaky[1]

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ((100, (0.5, 0.4)), "sum to 1, received"),
            ((100, (1.2, -0.2)), "positive numbers"),
            ((100, ()), "positive numbers"),
            ((100, (0.8, 0.1, 0.1), -1), "gap: expected 0 or more steps, received -1"),
            ((100, (0.8, 0.1, 0.1), 10), "100 steps with a gap of 10 leave an empty part"),
            ((2,), "2 steps with a gap of 0 leave an empty part"),
        ],
    )
    def test_impossible_splits_are_refused(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            time_split(*arguments)


class TestShuffles:
    def test_words_move_and_layout_stays(self, rng):
        shuffled = shuffle_words(TEXT, rng)
        assert shuffled != TEXT
        assert sorted(shuffled.split()) == sorted(TEXT.split())
        gaps = lambda text: "".join(c if c.isspace() else "x" for c in text)  # noqa: E731
        squeezed = lambda text: "x".join(filter(None, gaps(text).split("x")))  # noqa: E731
        assert squeezed(shuffled) == squeezed(TEXT)

    def test_letters_stay_in_their_words(self, rng):
        shuffled = shuffle_letters(TEXT, rng)
        assert shuffled != TEXT
        assert [sorted(word) for word in shuffled.split()] == [sorted(word) for word in TEXT.split()]
        assert [c.isspace() for c in shuffled] == [c.isspace() for c in TEXT]

    @pytest.mark.parametrize("shuffle", [shuffle_words, shuffle_letters, shuffle_characters])
    @pytest.mark.parametrize("text", [TEXT, "", " ", "a", " a b ", "ab", "\n\n"])
    def test_the_bag_of_characters_is_kept(self, rng, shuffle, text):
        assert Counter(shuffle(text, rng)) == Counter(text)


class TestBagOfNgrams:
    @given(SHAPES, st.integers(1, 4), st.data())
    def test_gradients_equal_central_differences(self, shape, n_classes, data):
        rng, (length, batch_size, vocabulary_size) = np.random.default_rng(1), shape
        n = data.draw(st.integers(1, min(length, 2)))
        model = random_model(rng, vocabulary_size, n_classes, n)
        errors = gradcheck(model, rng.integers(vocabulary_size, size=(length, batch_size)), rng)
        assert errors.keys() == {"weight", "bias"}
        assert max(errors.values()) < 1e-7

    @pytest.mark.parametrize("n", [1, 2])
    def test_the_displayed_gradient_through_the_loss(self, rng, n):
        """eq-order-backward: (p - one-hot)ᵀ N / B and its column sums, and central differences of the loss."""
        model, tokens = random_model(rng, 4, 3, n), rng.integers(4, size=(6, 5))
        labels = rng.integers(3, size=5)
        logits, _, counts = model.forward(tokens)
        _, _, grads = model.backward(cross_entropy(logits, labels)[1], counts)
        exponential = np.exp(logits)
        error = exponential / exponential.sum(axis=1, keepdims=True) - one_hot(labels, 3)
        np.testing.assert_allclose(grads["weight"], error.T @ ngram_counts(tokens, 4, n) / 5, atol=1e-14)
        np.testing.assert_allclose(grads["bias"], error.sum(axis=0) / 5, atol=1e-14)
        for name, value in model.parameters().items():
            loss = lambda _: cross_entropy(model.forward(tokens)[0], labels)[0]  # noqa: E731
            assert check_gradient(loss, value, grads[name]) < 1e-7

    @given(SHAPES, st.integers(1, 4), st.data())
    def test_equals_torch(self, shape, n_classes, data):
        rng, (length, batch_size, vocabulary_size) = np.random.default_rng(2), shape
        n = data.draw(st.integers(1, min(length, 3)))
        model = random_model(rng, vocabulary_size, n_classes, n)
        twin = torch_twins.BagOfNgrams(vocabulary_size, n_classes, n).double()
        twin.load_state_dict({name: torch.from_numpy(value) for name, value in model.state_dict().items()})
        tokens = rng.integers(vocabulary_size, size=(length, batch_size))
        expected = twin(torch.from_numpy(tokens))
        output, state, cache = model.forward(tokens)
        d_output = rng.standard_normal(output.shape)
        expected.backward(torch.from_numpy(d_output))
        dx, d_state, grads = model.backward(d_output, cache)
        assert state is dx is d_state is None
        assert np.abs(output - expected.detach().numpy()).max() < 1e-12
        for name, parameter in twin.named_parameters():
            assert np.abs(grads[name] - parameter.grad.numpy()).max() < 1e-12

    def test_state_dict_goes_both_ways(self, rng):
        model, twin = random_model(rng, 3, 2, 2), torch_twins.BagOfNgrams(3, 2, 2).double()
        twin.load_state_dict({name: torch.from_numpy(value) for name, value in model.state_dict().items()})
        other = BagOfNgrams(3, 2, 2)
        other.load_state_dict(twin.state_dict())
        for name, value in model.parameters().items():
            np.testing.assert_array_equal(other.parameters()[name], value)

    def test_float32_parameters_stay_float32(self):
        model = BagOfNgrams(3, 2)
        model.params = {name: value.astype(np.float32) for name, value in model.params.items()}
        output, _, cache = model.forward(np.zeros((4, 2), int))
        assert output.dtype == np.float32
        assert {g.dtype for g in model.backward(output, cache)[2].values()} == {np.dtype(np.float32)}

    def test_a_second_forward_does_not_spoil_the_first_cache(self, rng):
        model, d_output = random_model(rng, 3, 2, 1), rng.standard_normal((4, 2))
        _, _, cache = model.forward(rng.integers(3, size=(5, 4)))
        expected = model.backward(d_output, cache)[2]["weight"]
        model.forward(rng.integers(3, size=(5, 4)))
        np.testing.assert_array_equal(model.backward(d_output, cache)[2]["weight"], expected)
