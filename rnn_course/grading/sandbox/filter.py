"""Take system calls from a process for good: those that could lead out of the sandbox, or past its limits.

A seccomp filter is a small program for the kernel. Libraries that write one (libseccomp) are not on every machine, and
this one is a list of comparisons, so it is assembled here.
"""

import ctypes
import errno
import os
import platform
import struct

# From the kernel's uapi: number on x86-64, number on AArch64 (None where it does not exist).
REFUSED = {
    # namespaces and mounts: the way back through the walls
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "move_mount": (429, 429), "open_tree": (428, 428), "mount_setattr": (442, 442), "open_tree_attr": (467, 467),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "fanotify_init": (300, 262),
    # other processes
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_getfd": (438, 438), "process_madvise": (440, 440),
    # parts of the kernel that a notebook has no use for, and that had faults
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "keyctl": (250, 219), "add_key": (248, 217),
    "request_key": (249, 218), "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "reboot": (169, 142), "swapon": (167, 224),
    "swapoff": (168, 225), "acct": (163, 89), "syslog": (103, 116), "quotactl": (179, 60), "quotactl_fd": (443, 443),
    "iopl": (172, None), "ioperm": (173, None), "modify_ldt": (154, None), "vhangup": (153, 58),
    "io_setup": (206, 0), "seccomp": (317, 277),
    # memory that no limit counts
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "shmat": (30, 196),
    "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180),
}  # fmt: skip
ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
CLONE, CLONE3, SOCKET = (56, 220), (435, 435), (41, 198)
NEW_NAMESPACES = 0x7E020000 | 0x80  # all CLONE_NEW*, CLONE_NEWTIME among them
X32 = 0x40000000  # the numbers of another calling convention of x86-64

LOAD, EQUAL, ANY_BIT, AT_LEAST, RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER_MODE = 38, 22, 2


def is_known() -> bool:
    """Return whether the filter can be made for this machine."""
    return platform.machine() in ARCHITECTURES


def program() -> bytes:
    """Return the filter for this machine, as the kernel reads it.

    A call that is refused fails with EPERM, so that a library goes another way; `clone3`, whose arguments cannot be
    seen, with ENOSYS, after which libc takes `clone`. Sockets are of the machine's own kind (AF_UNIX) only: some
    others, such as AF_VSOCK, belong to no network namespace.
    """
    audit, column = ARCHITECTURES[platform.machine()]
    refuse = [(RETURN, 0, 0, ERRNO | errno.EPERM)]
    code = [(LOAD, 0, 0, ARCHITECTURE), (EQUAL, 1, 0, audit), (RETURN, 0, 0, KILL), (LOAD, 0, 0, NUMBER)]
    if column == 0:
        code += [(AT_LEAST, 0, 1, X32), *refuse]
    for number in sorted(numbers[column] for numbers in REFUSED.values() if numbers[column] is not None):
        code += [(EQUAL, 0, 1, number), *refuse]
    code += [(EQUAL, 0, 1, CLONE3[column]), (RETURN, 0, 0, ERRNO | errno.ENOSYS)]
    code += [(EQUAL, 0, 4, CLONE[column]), (LOAD, 0, 0, FIRST_ARGUMENT), (ANY_BIT, 0, 1, NEW_NAMESPACES), *refuse]
    code += [(RETURN, 0, 0, ALLOW)]
    code += [(EQUAL, 0, 3, SOCKET[column]), (LOAD, 0, 0, FIRST_ARGUMENT), (EQUAL, 1, 0, 1)]
    code += [(RETURN, 0, 0, ERRNO | errno.EAFNOSUPPORT), (RETURN, 0, 0, ALLOW)]
    return b"".join(struct.pack("=HBBI", *line) for line in code)


def apply() -> None:
    """Put this process, and all that it starts, behind the filter.

    Raises
    ------
    OSError
        If the kernel does not take it.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    code = program()
    instructions = ctypes.create_string_buffer(code, len(code))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))

    passed = Program(len(code) // 8, ctypes.addressof(instructions))
    for arguments in ((PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (PR_SET_SECCOMP, FILTER_MODE, ctypes.byref(passed), 0, 0)):
        if libc.prctl(*arguments):
            raise OSError(ctypes.get_errno(), f"seccomp: {os.strerror(ctypes.get_errno())}")
