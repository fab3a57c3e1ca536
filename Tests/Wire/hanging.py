"""A thread of a router that hangs, while the others go on: it is traced and stopped."""

import ctypes
import os
import unittest

SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17
WALL = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.restype = ctypes.c_long
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def _ptrace(request, task):
    if _libc.ptrace(request, task, None, None) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


class Hanging:
    """`with Hanging(router, "martletd"):` stops the thread of that name; skips the test where the
    system allows no tracing."""

    def __init__(self, router, name):
        self.task = router.threads()[name]

    def __enter__(self):
        try:
            _ptrace(SEIZE, self.task)
        except OSError as error:
            raise unittest.SkipTest("no tracing here: %s" % error)
        _ptrace(INTERRUPT, self.task)
        os.waitpid(self.task, WALL)
        return self

    def __exit__(self, *_):
        _ptrace(DETACH, self.task)
