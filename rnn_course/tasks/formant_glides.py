"""Voiced stops as gliding formants: b, d and g before a vowel, as a filter bank hears them."""

import numpy as np
from numpy.typing import NDArray

CLASSES = ("b", "d", "g")
LOCUS = np.array([720.0, 1800.0, 3000.0])  # Hz, where the second formant of each class seems to come from
FIRST_LOCUS = 200.0  # Hz, the first formant's, the same for all classes
N_BANDS = 16
FRAME = 0.01  # s


def make_formant_glides(
    batch_size: int, rng: np.random.Generator, onset: int = 10, n_frames: int = 30, noise: float = 0.5
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Draw syllables of a voiced stop and a vowel, as energies in 16 bands.

    Before the onset there is only noise. From it on there are two formants, which glide to the vowel's in about 50 ms.
    The second starts halfway between the consonant's locus and the vowel, the first half of the way being silent: this
    is what makes listeners hear b, d or g (Delattre et al. 1955). The vowel lasts to the end, and says nothing about
    the class.

    Parameters
    ----------
    batch_size : int, B
    rng : numpy Generator
    onset : int, frame in which the sound begins
    n_frames : int, T, frames of 10 ms
    noise : float, standard deviation of the noise; a formant's peak is 1 on average

    Returns
    -------
    x : ndarray of shape (T, B, 16), energy in bands that are equally wide on the mel scale, from 100 to 3500 Hz
    labels : int64 ndarray of shape (B,), 0 for b, 1 for d, 2 for g

    Raises
    ------
    ValueError
        If ``batch_size`` is not positive, or less than five frames are left after the onset.

    Notes
    -----
    Source of the loci: P. C. Delattre, A. M. Liberman and F. S. Cooper, Acoustic loci and transitional cues for
    consonants, JASA 27, 1955. A locus of g was found only for vowels whose second formant is above about 1200 Hz, so the
    vowels here are front vowels. The rest is synthetic: no burst, no voicing, no talker.

    Examples
    --------
    >>> x, labels = make_formant_glides(4, np.random.default_rng(0))
    >>> x.shape, labels.shape
    ((30, 4, 16), (4,))
    """
    if batch_size < 1 or not 0 <= onset <= n_frames - 5:
        raise ValueError(
            f"expected a positive batch_size and an onset from 0 to {n_frames - 5}, received {batch_size} and {onset}"
        )
    labels = rng.integers(0, len(CLASSES), batch_size)
    talker = rng.uniform(0.9, 1.1, batch_size)  # a shorter vocal tract has higher formants
    vowels = talker * rng.uniform([[300.0], [1400.0]], [[700.0], [2300.0]], (2, batch_size))  # F1 and F2, Hz
    starts = np.stack([np.full(batch_size, FIRST_LOCUS), (LOCUS[labels] * talker + vowels[1]) / 2])
    decay = rng.uniform(1.5, 2.5, batch_size)  # frames, about a third of the glide
    after = np.arange(n_frames)[:, np.newaxis] - onset  # (T, 1), frames since the onset
    fading = np.exp(-np.maximum(after, 0) / decay)  # (T, B)
    formants = vowels + (starts - vowels) * fading[:, np.newaxis]  # (T, 2, B), Hz
    centres = np.linspace(_mel(100.0), _mel(3500.0), N_BANDS)
    distance = (_mel(formants)[..., np.newaxis] - centres) / (centres[1] - centres[0])  # (T, 2, B, 16), in bands
    loudness = rng.uniform(0.7, 1.3, (2, batch_size, 1))
    energy = (loudness * np.exp(-(distance**2) / 2)).sum(axis=1) * (after >= 0)[..., np.newaxis]
    return energy + noise * rng.standard_normal(energy.shape), labels


def _mel(frequency: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Pitch as it is heard, in mel, of a frequency in Hz."""
    return 2595 * np.log10(1 + np.asarray(frequency) / 700)
