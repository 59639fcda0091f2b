"""Markov models: a chain, counts of longer contexts with smoothing, and a chain that is hidden behind what is seen."""

from rnn_course.markov.chain import MarkovChain
from rnn_course.markov.emission import Categorical, Gaussian
from rnn_course.markov.hidden import HiddenMarkovModel
from rnn_course.markov.ngram import NGramModel, encode
from rnn_course.markov.smoothing import AddK, KneserNey, WittenBell

__all__ = [
    "AddK",
    "Categorical",
    "Gaussian",
    "HiddenMarkovModel",
    "KneserNey",
    "MarkovChain",
    "NGramModel",
    "WittenBell",
    "encode",
]
