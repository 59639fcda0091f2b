"""Glides against the loci they are made from."""

import numpy as np
import pytest

from rnn_course.tasks.formant_glides import CLASSES, N_BANDS, make_formant_glides


def draw(batch_size=300, seed=0, **options):
    return make_formant_glides(batch_size, np.random.default_rng(seed), **options)


def test_shapes_and_classes():
    x, labels = draw()
    assert x.shape == (30, 300, N_BANDS)
    assert labels.dtype == np.int64
    assert np.bincount(labels, minlength=len(CLASSES)).min() > 70


def test_there_is_nothing_before_the_onset_and_a_steady_vowel_at_the_end():
    x, _ = draw(onset=8, noise=0.0)
    assert not x[:8].any()
    assert (x[8:].max(axis=2) > 0.3).all()
    np.testing.assert_allclose(x[-1], x[-2], atol=1e-3)


@pytest.mark.parametrize("onset", [0, 5, 17])
def test_another_onset_moves_the_sound_and_changes_nothing_else(onset):
    (first, labels), (moved, moved_labels) = draw(noise=0.0), draw(onset=onset, noise=0.0)
    n_frames = min(30 - onset, 20)
    np.testing.assert_array_equal(labels, moved_labels)
    np.testing.assert_array_equal(first[10 : 10 + n_frames], moved[onset : onset + n_frames])


def test_second_formant_glides_up_after_b_and_down_after_g():
    x, labels = draw(onset=10, noise=0.0)
    upper = x[[10, 20]][..., 7:]  # bands above the first formant, at the onset and in the vowel
    start, end = (upper * np.arange(upper.shape[-1])).sum(axis=-1) / upper.sum(axis=-1)  # centres of gravity
    glide = end - start
    assert (glide[labels == 0] > 0).all()
    assert (glide[labels == 2] < 0).all()
    assert np.median(glide[labels == 0]) > np.median(glide[labels == 1]) > np.median(glide[labels == 2])


def test_the_vowel_does_not_tell_the_class():
    x, labels = draw(6000, noise=0.0)
    means = np.stack([x[-1, labels == c].mean(axis=0) for c in range(3)])
    assert np.abs(means - means.mean(axis=0)).max() < 0.03


def test_seed_decides():
    np.testing.assert_array_equal(draw(5, seed=1)[0], draw(5, seed=1)[0])
    assert not np.array_equal(draw(5, seed=1)[0], draw(5, seed=2)[0])


@pytest.mark.parametrize("arguments", [(0, 10), (4, -1), (4, 26)])
def test_bad_arguments_are_named(rng, arguments):
    batch_size, onset = arguments
    with pytest.raises(ValueError, match=f"an onset from 0 to 25, received {batch_size} and {onset}"):
        make_formant_glides(batch_size, rng, onset=onset)
