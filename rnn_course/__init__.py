"""The code behind the course *Recurrent Neural Networks for Sequence Learning*.

Every chapter of the book has a module of the same name here. Import what you need, for example
``from rnn_course import ffnn``. Importing the package itself loads neither torch nor matplotlib.
"""

__version__ = "0.1.0"
