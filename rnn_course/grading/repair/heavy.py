"""Cut what no grader reads out of a huge notebook, before it is parsed: outputs, attachments, the state of widgets.

A parsed JSON file takes up to fifty times the memory of its bytes. A student whose notebook holds 60 MB of plots has
done nothing wrong, so the plots go, at the speed of a regular expression, and the rest is parsed. All patterns are
possessive: nothing in the bytes can make them go back and try again.
"""

import re

STRING = rb'"(?:[^"\\]++|\\.)*+"'
DEEPEST = 12  # outputs nest about four deep
HEAVY = rb'"(?:outputs|attachments|widgets)"\s*+:\s*+(?=[\[{])'
MOST = 200_000  # values that are cut


def _nested(depth: int) -> bytes:
    """Return the pattern of what stands between two brackets, down to ``depth`` levels."""
    plain = rb'[^"\[\]{}]++|' + STRING
    pattern = rb"(?:%s)*+" % plain
    for _ in range(depth):
        pattern = rb"(?:%s|[\[{]%s[\]}])*+" % (plain, pattern)
    return pattern


TO_KEY = re.compile(rb'(?:[^"]++|(?!%s)%s)*+' % (HEAVY, STRING), re.DOTALL)
KEY = re.compile(HEAVY, re.DOTALL)
VALUE = re.compile(rb"[\[{]%s[\]}]" % _nested(DEEPEST), re.DOTALL)


def cut(data: bytes) -> bytes:
    r"""Return a notebook's JSON, in an encoding that keeps ASCII, with empty lists and objects for what is heavy.

    It reads the bytes once. Where they are no JSON any more, the rest is left as it is.

    Examples
    --------
    >>> cut(b'{"outputs": [{"text": ["a ] \\" b"]}], "source": "\\"outputs\\": [1]"}')
    b'{"outputs": [], "source": "\\"outputs\\": [1]"}'
    """
    kept, at = [], 0
    for _ in range(MOST):
        found = TO_KEY.match(data, at)
        key = found and KEY.match(data, found.end())
        value = key and VALUE.match(data, key.end())
        if not (key and value):
            break
        kept += [data[at : key.end()], b"[]" if data[key.end()] == ord("[") else b"{}"]
        at = value.end()
    return b"".join([*kept, data[at:]])
