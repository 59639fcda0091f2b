"""Run a submission without trusting it: its cells in one sandbox, the tests in another, data between them.

Outside, in the instructor's process: `walls` builds a bubblewrap command, `nursery` starts a sandbox and asks it for
processes, `session` runs one submission on a pair of them, within `limits`; `plan` says which cell runs where.

Inside: `zygote` imports what is needed once and forks; `cell` puts the child behind walls of its own, `filter` takes
system calls from it; `shell` runs cells; `student` and `judge` are the two kinds of child. Between these two, `link`
carries calls as messages of `codec` and `arrays`, over frames of `wire`.

Nothing here imports nbgrader: what runs inside starts quickly, and has no gradebook to find.
"""
