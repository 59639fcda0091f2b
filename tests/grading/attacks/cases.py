"""Submissions that try to get more than they earned, to read, to write, to reach out, or to spoil the work of others.

Each is an answer to the part ``square`` (60 points), or both parts, of the tiny assignment; names in braces are filled
in by the test. ``EARNED`` says what an answer is worth at most; the default is the 40 points of the part ``root``.
"""

LOOK = """
def look(path):
    import os
    try:
        if os.path.isdir(path):
            return str([(w, d, f) for w, d, f in os.walk(path)][:999])
        return open(path, errors='replace').read()
    except Exception as error:
        return type(error).__name__
"""
SQUARE = "\ndef square(x): return x * x\n"

READ = {
    "gradebook": LOOK + "print(look({gradebook!r}))",
    "solutions": LOOK + "print(look({solutions!r}))",
    "others": LOOK + "print(look({submitted!r}))",
    "home": LOOK + "print(look({home!r}), look('/root'), look('/home'))",
    "home by environment": LOOK + "import os\nprint(os.environ, look(os.environ.get('HOME')), look(os.path.expanduser('~')))",
    "root": LOOK + "print([look(p) for p in ('/etc/passwd', '/etc/shadow', '/etc/hostname', '/root/.ssh')])",
    "proc": LOOK + "print(look('/proc/1/environ'), look('/proc/self/maps'), look('/proc'), look('/proc/1/root/etc/passwd'))",
    "shell": "!cat {gradebook} {solutions}/tiny.py {home}/secret\n!find / -name '*.db' -o -name 'tiny*'",
    "packages": LOOK + "import rnn_course\nprint(look(rnn_course.__path__[0] + '/../solutions'), look('/course'))",
    "symlink": LOOK + "import os\nos.symlink({gradebook!r}, '/tmp/link')\nprint(look('/tmp/link'))",
    "in": "import gc\nprint([v for v in globals().get('In', [])], [o for o in gc.get_objects() if isinstance(o, str) and 'root(' in o])",
    "strings in memory": "import gc\nprint([o for o in gc.get_referrers(str) if 'hidden' in str(o)[:10000]])",
    "environ of parents": LOOK + "import os\nprint([look(f'/proc/{{i}}/environ') for i in range(os.getppid(), 3000)][:5])",
    "arguments of the tests": "seen = []\ndef square(x):\n    seen.append(x); print('SEEN', seen)\n    if x == 2: return 4\n    raise ValueError(f'SEEN {{seen}}')\ndef root(x):\n    if x == 9: return 3\n    raise type('SEEN' + str(x), (Exception,), {{}})(seen)",
    "frames": "import sys, traceback\ndef square(x):\n    print(traceback.format_stack())\n    raise ValueError(str([f.f_locals for f in sys._current_frames().values()]))",
}  # fmt: skip
REACH = {
    "tcp": "import socket\ntry: socket.create_connection(('127.0.0.1', {port}), 2).send(b'x')\nexcept OSError: pass",
    "abstract socket": "import socket\ntry:\n    s = socket.socket(socket.AF_UNIX); s.connect('\\0{abstract}'); s.send(b'x')\nexcept OSError: pass",
    "vsock": "import socket\ntry:\n    s = socket.socket(40, 1); s.connect((2, 1024)); s.send(b'x')\nexcept OSError: pass",
    "dns": "import socket\ntry: socket.gethostbyname('example.org')\nexcept OSError: pass",
    "curl": "!curl -s -m 2 http://127.0.0.1:{port}/",
    "signal to the grader": "import os, signal\nfor pid in [*range(2, 300), {pid}, os.getppid()]:\n    try: os.kill(pid, 9)\n    except OSError: pass",
    "ptrace": "import ctypes\nlibc = ctypes.CDLL(None)\nprint(libc.ptrace(16, {pid}, 0, 0), libc.ptrace(16, 2, 0, 0))",
    "namespaces": "import ctypes\nlibc = ctypes.CDLL(None)\nassert libc.unshare(0x10000000) == -1 and libc.umount2(b'/proc', 2) == -1 and libc.mount(b'x', b'/tmp', b'tmpfs', 0, None) == -1\nassert libc.chroot(b'/tmp') == -1\nopen('/tmp/passed', 'w')",
    "descriptors": "import os\nfor fd in range(3, 300):\n    try: os.write(fd, b'\\0\\0\\0\\1\\xc3' * 9)\n    except OSError: pass",
    "closed descriptors": "import os\nos.closerange(3, 300)",
    "descriptors passed": "import socket, os, array\nfor fd in range(3, 20):\n    try: socket.send_fds(socket.socket(fileno=os.dup(fd)), [b'x'], [0, 1, 2])\n    except OSError: pass",
}  # fmt: skip
WRITE = {
    "gradebook": "import sqlite3\ntry:\n    c = sqlite3.connect({gradebook!r}); c.execute('update grade set manual_score = 100'); c.commit()\nexcept Exception: pass",
    "source": "try: open({solutions!r} + '/tiny.py', 'w').write('')\nexcept OSError: pass",
    "config": "try: open({config!r}, 'a').write('raise SystemExit')\nexcept OSError: pass",
    "startup files": "import os\nfor p in ('~/.ipython/profile_default/startup', {home!r} + '/.ipython/profile_default/startup'):\n    try:\n        os.makedirs(os.path.expanduser(p), exist_ok=True); open(os.path.expanduser(p) + '/x.py', 'w').write('1/0')\n    except OSError: pass",
    "packages": "import numpy, rnn_course.check.core as c\nfor m in (numpy, c):\n    try: open(m.__file__, 'a').write('1/0')\n    except OSError: pass",
    "tmp": "open('/tmp/numpy.py', 'w').write('1/0'); open('/tmp/spoiled', 'w').write('1')",
    "work": "open('numpy.py', 'w').write('1/0'); open('ipykernel_launcher.py', 'w').write('1/0')",
    "shm": "open('/dev/shm/x', 'w').write('spoiled')",
    "daemon": "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        while True:\n            time.sleep(0.2)\n            try: open({gradebook!r}, 'w').write('')\n            except OSError: pass\n    os._exit(0)",
    "thread": "import threading, time\ndef forever():\n    while True: time.sleep(0.01)\nthreading.Thread(target=forever, daemon=False).start()",
    "atexit": "import atexit, os\natexit.register(lambda: open({gradebook!r}, 'w'))",
}  # fmt: skip
FORGE = {
    "equal to all": "class E(float):\n    def __eq__(self, o): return True\n    __hash__ = None\ndef square(x): return E(0)",
    "patched builtins": "import builtins\nbuiltins.AssertionError = Exception\nbuiltins.print = lambda *a: None\ndef square(x): return 0",
    "patched shell": "from IPython import get_ipython\nip = get_ipython()\nip.run_cell = lambda *a, **k: None\nip.ast_transformers.append(type('T', (), {{'visit': lambda s, n: __import__('ast').parse('pass')}})())\nip.input_transformers_post.append(lambda lines: ['pass'])\ndef square(x): return 0",
    "hooks": "from IPython import get_ipython\nget_ipython().events.register('pre_run_cell', lambda *a: globals().update(square=lambda x: 9))\ndef square(x): return 0",
    "forged result": "from IPython.display import display\nfrom IPython import get_ipython\nget_ipython().displayhook(60)\nprint('60')\ndef square(x):\n    display(60); print(60); return 60",
    "expected from the caller": "import sys\ndef square(x):\n    f = sys._getframe()\n    while f:\n        for v in f.f_locals.values():\n            if v in (4, 9): return v\n        f = f.f_back\n    return 0",
    "exit": "import sys\ndef square(x): sys.exit(0)",
    "os._exit": "import os\ndef square(x): os._exit(0)",
    "exception that passes": "class P(AssertionError):\n    def __str__(self): return ''\ndef square(x): raise P",
    "replies of its own": "import os, struct\ndef square(x):\n    for fd in range(3, 30):\n        for body in (b'\\x95\\xa4done\\xc3\\xc3\\x90\\x80', b'\\x83\\xa5fault\\xc0\\xa4gone\\xc2\\xa4text\\xa0'):\n            try: os.write(fd, struct.pack('!I', len(body)) + body)\n            except OSError: pass\n    return 0",
    "another's answer": "root = None\ndef square(x): return 4 if x == 2 else 0",
    "modules of the tests": "import sys\nclass M:\n    def __getattr__(self, name): return lambda *a, **k: True\nsys.modules['math'] = M()\ndef square(x): return 0",
    "a class as answer": "class square:\n    def __init__(self, x): pass\n    def __eq__(self, o): return True\n    def __repr__(self): return '4'",
    "numpy that agrees": "import numpy as np\nclass A(np.ndarray):\n    def __array_ufunc__(self, *a, **k): return True\n    def __eq__(self, o): return True\ndef square(x): return np.zeros(()).view(A)",
}  # fmt: skip
EXHAUST = {
    "fork bomb": "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
    "threads": "import threading, time\nwhile True:\n    try: threading.Thread(target=time.sleep, args=(99,)).start()\n    except RuntimeError: break",
    "memory": "x = bytearray(10**10)",
    "memory in pieces": "x = []\nwhile True: x.append(bytearray(10**7))",
    "memory of many": "import os\nfor _ in range(20): os.fork()\nx = bytearray(2 * 10**8)\nx[::4096] = b'1' * len(x[::4096])\nimport time; time.sleep(3)",
    "memfd": "import os\nfd = os.memfd_create('x')\nwhile True: os.write(fd, bytes(10**7))",
    "disk": "with open('big', 'wb') as f:\n    while True: f.write(bytes(10**6))",
    "many files": "for i in range(10**6): open(f'/tmp/{{i}}', 'w')",
    "output": "while True: print('a' * 10**6)",
    "output of stderr": "import sys\nfor i in range(2000): sys.stderr.write('b' * 10**6)",
    "output of displays": "from IPython.display import display\nfor i in range(10**5): display('c' * 10**4)",
    "loop": "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "loop in C": "x = 7 ** (7 ** 9)",
    "loop in a test": "def square(x):\n    while True:\n        try:\n            while True: pass\n        except BaseException: pass",
    "stop": "import os, signal\nos.kill(0, signal.SIGSTOP)\nos.kill(os.getpid(), signal.SIGSTOP)\nimport time; time.sleep(99)",
    "sleep": "import time\ndef square(x):\n    time.sleep(99)",
    "large result": "def square(x): return [0] * 10**8",
    "deep result": "def square(x):\n    r = []\n    for _ in range(10**5): r = [r]\n    return r",
    "endless iterator": "def square(x):\n    while True: yield x",
    "half a message": "import os, time\ndef square(x):\n    for fd in range(3, 30):\n        try: os.write(fd, b'\\0\\0\\xff\\xff\\x00')\n        except OSError: pass\n    time.sleep(99)",
    "flood": "import os\ndef square(x):\n    while True:\n        for fd in range(3, 30):\n            try: os.write(fd, b'\\xff' * 65536)\n            except OSError: pass",
    "repr that hangs": "class R:\n    def __repr__(self):\n        while True: pass\nR()",
    "surrogates": "print('\\ud800 \\0 \\x1b[31m')\ndef square(x): raise ValueError('\\udfff\\0')",
    "recursion": "def square(x): return square(x)",
    "abort": "import os\nos.abort()",
    "segmentation fault": "import ctypes\ndef square(x): ctypes.string_at(1)",
    "recursion limit": "import sys\nsys.setrecursionlimit(10**9)\ndef f(): f()\ndef square(x): f()",
}  # fmt: skip
HONEST = {
    "much output": "for _ in range(20): print('a' * 10**7)" + SQUARE,
    "input": SQUARE + "name = input()",
    "stderr": SQUARE + "import sys, warnings\nwarnings.warn('careful')\nprint('careful', file=sys.stderr)",
    "magics": "%matplotlib inline\n%load_ext autoreload\n%config x = 1\n%time 1 + 1\n?\nprint?" + SQUARE + "!ls\n%timeit -n1 -r1 1",
    "install": "%pip install numpy" + SQUARE,
    "plots": "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()" + SQUARE,
    "processes": "import subprocess, multiprocessing as mp\nsubprocess.run(['true'], check=True)" + SQUARE,
    "files": "open('notes.txt', 'w').write('x')\nassert open('notes.txt').read() == 'x'" + SQUARE,
    "type hints": "from __future__ import annotations\ndef square(x: float) -> float: return x * x",
    "lambda": "square = lambda x: x * x",
    "partial": "import functools\nsquare = functools.partial(lambda n, x: x**n, 2)",
    "callable object": "class Power:\n    def __call__(self, x): return x * x\nsquare = Power()",
    "cache": "import functools\n@functools.lru_cache\ndef square(x): return x * x",
    "numpy number": "import numpy as np\ndef square(x): return np.float64(x) ** 2",
    "hung cell of its own": SQUARE + "while True: pass",
    "exit of its own": SQUARE + "import os\nos._exit(0)",
    "asynchronous": "import asyncio\nawait asyncio.sleep(0)" + SQUARE,
}  # fmt: skip
GROUPS = {"read": READ, "reach": REACH, "write": WRITE, "forge": FORGE, "exhaust": EXHAUST, "honest": HONEST}
CASES = {f"{group}-{name.replace(' ', '_')}": text for group, cases in GROUPS.items() for name, text in cases.items()}
RIGHT_TOO = {"exit_of_its_own": 40, "hung_cell_of_its_own": 100}  # where the definition died with the cell


def earned(name):
    """Return the points that a case may have, fewest and most."""
    if name.startswith("honest"):
        return (RIGHT_TOO.get(name.removeprefix("honest-"), 100),) * 2
    if name == "read-arguments_of_the_tests":
        return 0, 0
    return (
        (0, 40)
        if name.startswith("exhaust")
        or name
        in (
            "reach-closed_descriptors",
            "reach-descriptors",
            "reach-descriptors_passed",
            "forge-another's_answer",
            "forge-patched_shell",
        )
        else (40, 40)
    )
