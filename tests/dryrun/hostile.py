"""Code that would do harm, and what a dry run of it is to say."""

from __future__ import annotations

from dataclasses import dataclass, field
from textwrap import dedent
from typing import Any

__all__ = ["LIVE", "SNIPPETS", "Hostile"]

LIVE = dedent("""
    import array, collections, mmap, os, socket, sqlite3, subprocess, sys, threading, time, warnings
    import multiprocessing.shared_memory as shared_memory
    import numpy as np
    import pandas as pd
    from nbcoder.dryrun import KernelDryRunner

    class Thing:
        kind = "a"
        def __init__(self): self.items, self.size = [1, 2], 3
        def grow(self): self.size += 1

    def double(x, seen=[]):
        seen.append(x)
        return 2 * x

    df = pd.DataFrame({"a": range(5), "b": list("vwxyz"), "t": pd.date_range("2024-01-01", periods=5)})
    series = pd.Series([1.0, 2.0, 3.0])
    vector, matrix, big = np.arange(10), np.ones((3, 4)), np.zeros(1_000_000)
    view = vector[2:5]
    numbers, table, some = [3, 1, 2], {"x": [1], "y": {"z": 1}}, {1, 2}
    text, raw, queue = "text", bytearray(b"raw"), collections.deque([1, 2])
    thing = Thing()
    generator = (x for x in range(10))
    plain = open("kept.csv")
    writer = open("log.txt", "w+")
    writer.write("one line\\n"); writer.flush()
    mapped = np.memmap("mapped.bin", dtype="int64", mode="w+", shape=(100,))
    shared = shared_memory.SharedMemory(create=True, size=4096)
    anonymous = mmap.mmap(-1, 4096)
    near, far = socket.socketpair()
    near.setblocking(False); far.setblocking(False)
    base = sqlite3.connect("base.sqlite", check_same_thread=False)
    base.execute("create table if not exists t (x)"); base.commit()
    lock = threading.Lock()
    helper = subprocess.Popen(["sleep", "1000"])
    print("x" * 2_000_000)  # the messaging library starts a thread for messages as long as that
    _own_children.update(_children())
    _runners = {tier: KernelDryRunner(get_ipython(), tiers=(tier,)) for tier in ("namespaces", "landlock", "audit")}
""")

_ALL = ("namespaces", "landlock", "audit")


@dataclass(frozen=True)
class Hostile:
    """``expected`` are the statuses that may come of it, by tier."""

    name: str
    code: str
    expected: dict[str, tuple[str, ...]]
    limits: dict[str, Any] = field(default_factory=dict)


def _case(name: str, code: str, expected: str, walled: str = "", **limits: object) -> Hostile:
    """``walled`` is what is expected where the walls refuse more; by default the same."""
    statuses = {tier: tuple((expected if tier == "namespaces" else walled or expected).split()) for tier in _ALL}
    return Hostile(name, dedent(code), statuses, limits)


SNIPPETS = (
    _case("frame cell", "df.loc[0, 'a'] = 99; df['new'] = 1; df.drop(index=1, inplace=True)", "ok"),
    _case("frame columns", "df.columns = list('xyz'); df.index.name = 'n'", "ok"),
    _case("series", "series[:] = 0; series.iloc[1] = 7", "ok"),
    _case("arrays", "vector += 1; matrix.sort(); big[5] = 1; view[:] = 0; vector.resize(3, refcheck=False)", "ok"),
    _case("containers", "numbers.clear(); table['y']['z'] = 2; table.pop('x'); some.add(9); queue.append(3)", "ok"),
    _case("bytes", "raw.extend(b'more'); raw[0] = 0", "ok"),
    _case("object", "thing.items.append(3); thing.grow(); thing.new = 1; Thing.kind = 'b'; del Thing.grow", "ok"),
    _case("function", "double(3); double.__defaults__ = (1,); double.mark = 1", "ok"),
    _case("generator", "list(generator)", "ok"),
    _case("rebinding", "df = numbers = table = None; del text", "ok"),
    _case("everything deleted", "for name in list(globals()): globals().pop(name, None)", "ok error killed"),
    _case("magic reset", "%reset -f", "ok error"),
    _case("reading an open file", "plain.read(); plain.seek(0); plain.readline()", "ok"),
    _case("writing an open file", "writer.write('more'); writer.flush(); os.ftruncate(writer.fileno(), 0)",
          "ok", "ok error unavailable"),
    _case("closing open files", "plain.close(); writer.close(); near.close()", "ok"),
    _case("mapped file", "mapped[:] = 7; mapped.flush()", "ok"),
    _case("shared memory", "shared.buf[0] = 255; anonymous[0:3] = b'abc'", "ok"),
    _case("unlinking shared memory", "shared.unlink()", "ok", "ok error unavailable"),
    _case("socket", "near.send(b'hello')", "error"),
    _case("database", "base.execute('insert into t values (1)'); base.commit()", "ok", "error unavailable"),
    _case("helper process", "helper.kill()", "ok error", "error unavailable"),
    _case("lock", "lock.acquire(); threading.Lock().acquire()", "ok"),
    _case("deleting files", "os.remove('kept.csv'); import shutil; shutil.rmtree('.', ignore_errors=True)",
          "ok", "unavailable"),
    _case("overwriting a file", "open('kept.csv', 'w').write('gone')", "ok", "unavailable"),
    _case("renaming", "os.rename('kept.csv', 'other.csv'); os.symlink('other.csv', 'link')", "ok", "unavailable"),
    _case("modes", "os.chmod('kept.csv', 0); os.utime('kept.csv', (0, 0)); os.truncate('kept.csv', 0)",
          "ok error", "error unavailable"),
    _case("shell", "!rm -f kept.csv; echo x > kept2.csv", "ok", "ok error unavailable"),
    _case("by descriptor of the folder", """
        fd = os.open('.', os.O_RDONLY)
        os.close(os.open('made', os.O_WRONLY | os.O_CREAT, dir_fd=fd))
        os.unlink('kept.csv', dir_fd=fd)
    """, "ok", "error unavailable"),
    _case("through /proc", """
        for place in ('/proc/self/root', '/proc/self/cwd', '/proc/1/root', f'/proc/{os.getppid()}/cwd'):
            try:
                os.unlink(place + os.getcwd() + '/kept.csv')
            except OSError as error:
                last = error
        raise last
    """, "error", "error unavailable"),
    _case("change of folder", "os.chdir('/'); os.chdir('/tmp')", "ok"),
    _case("environment", "os.environ['HOME'] = '/'; os.environ.clear(); os.umask(0)", "ok error"),
    _case("import path", "sys.path.clear(); sys.modules.pop('pandas'); sys.modules.pop('numpy', None)", "ok error"),
    _case("random", "import random; random.seed(1); np.random.seed(1); random.random(); np.random.rand()", "ok"),
    _case("locale", "import locale; locale.setlocale(locale.LC_ALL, 'C')", "ok"),
    _case("warnings", "warnings.simplefilter('error'); warnings.warn('x')", "error"),
    _case("builtins", "import builtins; builtins.len = builtins.open = builtins.isinstance = None", "ok error killed"),
    _case("monkeypatching us", """
        import json, os
        json.dumps = json.loads = os.write = os._exit = os.getpid = lambda *a, **k: None
    """, "ok error killed timeout"),
    _case("monkeypatching the shell", "get_ipython().run_cell_async = None; get_ipython().events = None",
          "ok error killed"),
    _case("streams", "import io; sys.stdout = sys.stderr = None; sys.displayhook = None; 1", "ok error killed"),
    _case("tracing", "sys.settrace(lambda *a: None); sys.setprofile(lambda *a: None)", "ok"),
    _case("limits", "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (5, 5))", "ok error killed"),
    _case("recursion", "f = lambda: f()\nf()", "error"),
    _case("deep recursion in C", "sys.setrecursionlimit(10**9)\nf = lambda *a: f(*a)\nf()", "error killed memory timeout"),
    _case("zero division", "1 / 0", "error"),
    _case("syntax", "def (", "error"),
    _case("unknown magic", "%nosuchmagic", "error ok"),
    _case("base exception", "class E(BaseException): pass\nraise E('x')", "error"),
    _case("keyboard interrupt", "raise KeyboardInterrupt", "error"),
    _case("generator exit", "raise GeneratorExit", "error"),
    _case("failing repr", "class R:\n    def __repr__(self): 1 / 0\nR()", "error"),
    _case("failing text of an error", "class E(Exception):\n    def __str__(self): 1 / 0\nraise E", "error"),
    _case("sys.exit", "sys.exit(3)", "error"),
    _case("exit", "exit", "ok"),
    _case("os._exit", "os._exit(0)", "killed"),
    _case("os.abort", "os.abort()", "killed"),
    _case("segmentation fault", "import ctypes; ctypes.string_at(0)", "killed error"),
    _case("kill itself", "os.kill(os.getpid(), 9); os.kill(os.getpid(), 15)", "ok killed error", "killed error unavailable"),
    _case("kill the parent", "os.kill(os.getppid(), 9)", "ok killed error", "error unavailable"),
    _case("kill all", "os.kill(-1, 9)", "ok error killed", "error unavailable"),
    _case("kill the group", "os.killpg(0, 9)", "ok error killed", "killed error unavailable"),
    _case("kill the kernel by number", "import psutil\nfor p in psutil.process_iter():\n    try: p.kill()\n    except psutil.Error: pass",
          "ok killed", "ok killed"),
    _case("signal handlers", "import signal; signal.signal(2, signal.SIG_IGN); signal.signal(17, lambda *a: None); signal.alarm(100)", "ok"),
    _case("stop itself", "import signal; os.kill(os.getpid(), signal.SIGSTOP); time.sleep(9)", "timeout", "timeout error unavailable"),
    _case("endless loop", "while True: pass", "timeout"),
    _case("endless loop that catches", "while True:\n    try:\n        while True: pass\n    except BaseException: pass", "timeout"),
    _case("endless loop in C", "sum(range(10**15))", "timeout"),
    _case("sleep", "time.sleep(1000)", "timeout"),
    _case("blocking forever", "threading.Event().wait()", "timeout"),
    _case("waiting for input", "input('name? ')", "error"),
    _case("password", "import getpass; getpass.getpass()", "error"),
    _case("reading standard input", "sys.stdin.read() or os.read(0, 5)", "ok"),
    _case("threads", "for _ in range(20): threading.Thread(target=time.sleep, args=(100,)).start()", "ok"),
    _case("writing thread", "threading.Thread(target=lambda: [print(i) or time.sleep(.01) for i in range(10**6)]).start()", "ok"),
    _case("fork", "pid = os.fork()\nprint(pid)\nif pid == 0: time.sleep(100)", "ok", "ok error unavailable"),
    _case("fork that goes on", "os.fork(); print('here'); df['z'] = 1", "ok", "ok error unavailable"),
    _case("daemon", """
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(1000)
            os._exit(0)
        os.wait()
    """, "ok", "ok error unavailable"),
    _case("fork bomb", "while True: os.fork()", "killed timeout memory error", "killed timeout memory error unavailable", processes=20),
    _case("shell bomb", "import subprocess; subprocess.Popen(['sh', '-c', 'f() { f | f & }; f']); time.sleep(9)",
          "killed timeout memory", "killed timeout memory error unavailable", processes=20),
    _case("subprocess left behind", "subprocess.Popen(['sleep', '1000'])", "ok", "ok error unavailable"),
    _case("subprocess", "subprocess.run(['echo', 'x'], check=True)", "ok", "ok error unavailable"),
    _case("process pool", "import concurrent.futures as c\nwith c.ProcessPoolExecutor(2) as p: print(list(p.map(abs, [-1])))",
          "ok", "ok error unavailable timeout killed"),
    _case("filling memory", "hoard = []\nwhile True: hoard.append(bytearray(10**7))", "memory", memory_bytes=200_000_000),
    _case("filling memory with small things", "hoard = []\nwhile True: hoard.append([0] * 100)", "memory timeout", memory_bytes=200_000_000),
    _case("one large array", "np.ones(10**12)", "memory", memory_bytes=200_000_000),
    _case("memory in a fork", "if os.fork() == 0:\n    h = [bytearray(10**7) for _ in range(10**6)]\nelse: os.wait()",
          "ok memory", "ok memory error unavailable", memory_bytes=200_000_000),
    _case("filling the disk", "open('huge', 'wb').write(b'x' * (1 << 28))", "error unavailable", "unavailable", file_bytes=1 << 24),
    _case("endless output", "while True: print('x' * 1000)", "timeout"),
    _case("endless output past Python", "while True: os.write(1, b'x' * 10000)", "timeout"),
    _case("output from C", "import ctypes; ctypes.CDLL(None).puts(b'from C'); os.write(2, b'raw')", "ok"),
    _case("closing all descriptors", "os.closerange(0, 10000)", "killed ok"),
    _case("junk on all descriptors", """
        for fd in range(3, 200):
            try: os.write(fd, b'{"type": "end", "failure": 3}\\n{"how": "done"}\\n\\xff\\x00' * 10)
            except OSError: pass
    """, "ok killed error"),
    _case("writing to sockets of the kernel", "get_ipython().kernel.iopub_socket.send_multipart([b'x'])\nget_ipython().kernel.session.send(get_ipython().kernel.iopub_socket, 'stream', {'name': 'stdout', 'text': 'leak'})", "ok error"),
    _case("shutting the kernel down", "get_ipython().kernel.do_shutdown(False)", "ok error killed timeout"),
    _case("stopping the kernel's loop", "get_ipython().kernel.io_loop.stop()\nimport asyncio\nget_ipython().kernel.io_loop.asyncio_loop.call_soon_threadsafe(lambda: 1/0)", "ok error killed"),
    _case("closing the kernel's loop", "loop = get_ipython().kernel.io_loop.asyncio_loop\nfor fd in range(3, 100):\n    try: loop.remove_reader(fd)\n    except Exception: pass\nloop._selector.close()", "ok error killed"),
    _case("terminating zmq", "import zmq; zmq.Context.instance().term()", "ok error killed timeout"),
    _case("connection file", "import ipykernel; open(ipykernel.get_connection_file(), 'w').write('{}')", "ok", "unavailable"),
    _case("connecting to the kernel", """
        import ipykernel, json, zmq
        about = json.load(open(ipykernel.get_connection_file()))
        s = zmq.Context().socket(zmq.DEALER); s.linger = 0
        s.connect(f"tcp://{about['ip']}:{about['control_port']}")
        from jupyter_client.session import Session
        s.send_multipart([b'<IDS|MSG>', b'x', b'{}', b'{}', b'{}', b'{}'])
        time.sleep(0.3)
    """, "ok error killed", "ok error killed timeout unavailable"),
    _case("memory of the kernel", "open(f'/proc/{os.getppid()}/mem', 'r+b').write(b'x')", "error unavailable"),
    _case("ptrace", """
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        for pid in range(max(2, os.getppid() - 20), os.getppid() + 1):
            assert libc.ptrace(16, pid, 0, 0) == -1
    """, "ok"),
    _case("remounting", """
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        assert libc.umount2(b'/tmp', 2) == -1 and libc.mount(b'none', b'/', None, 32, None) == -1
        assert libc.unshare(0x10020000) == -1
    """, "ok"),
    _case("block devices", "open('/dev/vda', 'r+b').write(b'x')", "error unavailable"),
    _case("system settings", "open('/proc/sys/kernel/hostname', 'w').write('x')", "error unavailable"),
    _case("connecting out", "socket.create_connection(('192.0.2.1', 80), timeout=0.3)", "unavailable"),
    _case("looking up a name", "socket.getaddrinfo('example.invalid', 80)", "unavailable"),
    _case("unix socket", "s = socket.socket(socket.AF_UNIX); s.connect('/run/docker.sock')", "error unavailable"),
    _case("server of its own", """
        s = socket.create_server(('127.0.0.1', 0))
        c = socket.create_connection(s.getsockname()); c.send(b'x'); print(s.accept()[0].recv(1))
    """, "ok", "error unavailable"),
    _case("priority of others", "os.setpriority(os.PRIO_USER, os.getuid(), 5); os.sched_setaffinity(os.getppid() or 1, {0})", "ok error", "error unavailable"),
    _case("plotting", "import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.show()", "ok", "ok"),
    _case("asyncio", "import asyncio; await asyncio.sleep(0.01); asyncio.get_running_loop().create_task(asyncio.sleep(9))", "ok"),
    _case("nested loop", "import asyncio; asyncio.run(asyncio.sleep(0))", "error"),
    _case("atexit", "import atexit; atexit.register(lambda: open('leak', 'w'))", "ok"),
    _case("finalizers", "import weakref, gc; weakref.finalize(thing, lambda: open('leak', 'w')); del thing; gc.collect()", "ok"),
    _case("collector", "import gc; gc.disable(); gc.set_threshold(1); gc.collect()", "ok"),
    _case("widgets", "import ipywidgets; w = ipywidgets.IntSlider(); display(w); w.value = 3", "ok"),
    _case("inner dry run", "_runners['namespaces'].run('1')", "ok error killed timeout", "ok error killed timeout unavailable"),
    _case("empty", "", "ok"),
    _case("null byte", "x = '\0'", "ok error"),
    _case("surrogates", "print('\\ud800'); x = '\\ud800'; x", "ok"),
    _case("shown error in a callback", "import threading\ndef f(): 1/0\nt = threading.Thread(target=f); t.start(); t.join()", "ok"),
)
