"""Code that would do harm, and what a dry run of it is to say."""

from __future__ import annotations

from tests.dryrun.cases import case

__all__ = ["SNIPPETS"]

SNIPPETS = (
    case("frame cell", "df.loc[0, 'a'] = 99; df['new'] = 1; df.drop(index=1, inplace=True)", "ok"),
    case("frame columns", "df.columns = list('xyz'); df.index.name = 'n'", "ok"),
    case("series", "series[:] = 0; series.iloc[1] = 7", "ok"),
    case(
        "arrays",
        "vector += 1; matrix.sort(); big[5] = 1; view[:] = 0; vector.resize(3, refcheck=False)",
        "ok",
    ),
    case(
        "containers",
        "numbers.clear(); table['y']['z'] = 2; table.pop('x'); some.add(9); queue.append(3)",
        "ok",
    ),
    case("bytes", "raw.extend(b'more'); raw[0] = 0", "ok"),
    case(
        "object", "thing.items.append(3); thing.grow(); thing.new = 1; Thing.kind = 'b'; del Thing.grow", "ok"
    ),
    case("function", "double(3); double.__defaults__ = (1,); double.mark = 1", "ok"),
    case("generator", "list(generator)", "ok"),
    case("rebinding", "df = numbers = table = None; del text", "ok"),
    case("everything deleted", "for name in list(globals()): globals().pop(name, None)", "ok error killed"),
    case("magic reset", "%reset -f", "ok error"),
    case("reading an open file", "plain.read(); plain.seek(0); plain.readline()", "ok"),
    case(
        "writing an open file",
        "writer.write('more'); writer.flush(); os.ftruncate(writer.fileno(), 0)",
        "ok",
        "ok error unavailable",
    ),
    case("closing open files", "plain.close(); writer.close(); near.close()", "ok"),
    case("mapped file", "mapped[:] = 7; mapped.flush()", "ok"),
    case("shared memory", "shared.buf[0] = 255; anonymous[0:3] = b'abc'", "ok"),
    case("unlinking shared memory", "shared.unlink()", "ok", "ok error unavailable"),
    case("socket", "near.send(b'hello')", "unavailable"),
    case("database", "base.execute('insert into t values (1)'); base.commit()", "ok", "error unavailable"),
    case("helper process", "os.kill(helper.pid, 9)", "error", "error unavailable"),
    case("lock", "lock.acquire(); threading.Lock().acquire()", "ok"),
    case(
        "deleting files",
        "os.remove('kept.csv'); import shutil; shutil.rmtree('.', ignore_errors=True)",
        "ok",
        "unavailable",
    ),
    case("overwriting a file", "open('kept.csv', 'w').write('gone')", "ok", "unavailable"),
    case(
        "renaming", "os.rename('kept.csv', 'other.csv'); os.symlink('other.csv', 'link')", "ok", "unavailable"
    ),
    case(
        "modes",
        "os.chmod('kept.csv', 0); os.utime('kept.csv', (0, 0)); os.truncate('kept.csv', 0)",
        "ok error",
        "error unavailable",
    ),
    case("shell", "!rm -f kept.csv; echo x > kept2.csv", "ok", "ok error unavailable"),
    case(
        "by descriptor of the folder",
        """
        fd = os.open('.', os.O_RDONLY)
        os.close(os.open('made', os.O_WRONLY | os.O_CREAT, dir_fd=fd))
        os.unlink('kept.csv', dir_fd=fd)
    """,
        "ok",
        "error unavailable",
    ),
    case(
        "through /proc",
        """
        for place in ('/proc/self/root', '/proc/self/cwd', '/proc/1/root', f'/proc/{os.getppid()}/cwd'):
            try:
                os.unlink(place + os.getcwd() + '/kept.csv')
            except OSError as error:
                last = error
        raise last
    """,
        "error",
        "error unavailable",
    ),
    case("change of folder", "os.chdir('/'); os.chdir('/tmp')", "ok"),
    case("environment", "os.environ['HOME'] = '/'; os.environ.clear(); os.umask(0)", "ok error"),
    case(
        "import path",
        "sys.path.clear(); sys.modules.pop('pandas'); sys.modules.pop('numpy', None)",
        "ok error",
    ),
    case(
        "random", "import random; random.seed(1); np.random.seed(1); random.random(); np.random.rand()", "ok"
    ),
    case("locale", "import locale; locale.setlocale(locale.LC_ALL, 'C')", "ok"),
    case("warnings", "warnings.simplefilter('error'); warnings.warn('x')", "error"),
    case(
        "builtins",
        "import builtins; builtins.len = builtins.open = builtins.isinstance = None",
        "ok error killed",
    ),
    case(
        "monkeypatching us",
        """
        import json, os
        json.dumps = json.loads = os.write = os._exit = os.getpid = lambda *a, **k: None
    """,
        "ok error killed timeout",
    ),
    case(
        "monkeypatching the shell",
        "get_ipython().run_cell_async = None; get_ipython().events = None",
        "ok error killed",
    ),
    case(
        "streams", "import io; sys.stdout = sys.stderr = None; sys.displayhook = None; 1", "ok error killed"
    ),
    case("tracing", "sys.settrace(lambda *a: None); sys.setprofile(lambda *a: None)", "ok"),
    case("limits", "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (5, 5))", "ok error killed"),
    case("recursion", "f = lambda: f()\nf()", "error"),
    case(
        "deep recursion in C",
        "sys.setrecursionlimit(10**9)\nf = lambda *a: f(*a)\nf()",
        "error killed memory timeout",
    ),
    case("zero division", "1 / 0", "error"),
    case("syntax", "def (", "error"),
    case("unknown magic", "%nosuchmagic", "error ok"),
    case("base exception", "class E(BaseException): pass\nraise E('x')", "error"),
    case("keyboard interrupt", "raise KeyboardInterrupt", "error"),
    case("generator exit", "raise GeneratorExit", "error"),
    case("failing repr", "class R:\n    def __repr__(self): 1 / 0\nR()", "error"),
    case("failing text of an error", "class E(Exception):\n    def __str__(self): 1 / 0\nraise E", "error"),
    case("sys.exit", "sys.exit(3)", "error"),
    case("exit", "exit", "ok"),
    case("os._exit", "os._exit(0)", "killed"),
    case("os.abort", "os.abort()", "killed"),
    case("segmentation fault", "import ctypes; ctypes.string_at(0)", "killed error"),
    case(
        "kill itself",
        "os.kill(os.getpid(), 9); os.kill(os.getpid(), 15)",
        "ok killed error",
        "killed error unavailable",
    ),
    case("kill the parent", "os.kill(os.getppid(), 9)", "ok killed error", "error unavailable"),
    case("kill all", "os.kill(-1, 9)", "ok error killed", "error unavailable"),
    case("kill the group", "os.killpg(0, 9)", "ok error killed", "killed error unavailable"),
    case(
        "kill the kernel by number",
        "import psutil\nfor p in psutil.process_iter():\n    try: p.kill()\n    except psutil.Error: pass",
        "ok killed",
        "ok killed",
    ),
    case(
        "signal handlers",
        "import signal as s; s.signal(2, s.SIG_IGN); s.signal(17, lambda *a: None); s.alarm(100)",
        "ok",
    ),
    case(
        "stop itself",
        "import signal; os.kill(os.getpid(), signal.SIGSTOP); time.sleep(9)",
        "timeout",
        "timeout error unavailable",
    ),
    case("endless loop", "while True: pass", "timeout"),
    case(
        "endless loop that catches",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "timeout",
    ),
    case("endless loop in C", "sum(range(10**15))", "timeout"),
    case("sleep", "time.sleep(1000)", "timeout"),
    case("blocking forever", "threading.Event().wait()", "timeout"),
    case("waiting for input", "input('name? ')", "error"),
    case("password", "import getpass; getpass.getpass()", "error"),
    case("reading standard input", "sys.stdin.read() or os.read(0, 5)", "ok"),
    case("threads", "for _ in range(20): threading.Thread(target=time.sleep, args=(100,)).start()", "ok"),
    case(
        "writing thread",
        "threading.Thread(target=lambda: [print(i) or time.sleep(.01) for i in range(10**6)]).start()",
        "ok",
    ),
    case("fork", "pid = os.fork()\nprint(pid)\nif pid == 0: time.sleep(100)", "ok", "ok error unavailable"),
    case("fork that goes on", "os.fork(); print('here'); df['z'] = 1", "ok", "ok error unavailable"),
    case(
        "daemon",
        """
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(1000)
            os._exit(0)
        os.wait()
    """,
        "ok",
        "ok error unavailable",
    ),
    case(
        "fork bomb",
        "while True: os.fork()",
        "killed timeout memory error",
        "killed timeout memory error unavailable",
        processes=20,
    ),
    case(
        "shell bomb",
        "import subprocess; subprocess.Popen(['sh', '-c', 'f() { f | f & }; f']); time.sleep(9)",
        "killed timeout memory",
        "killed timeout memory error unavailable",
        processes=20,
    ),
    case("subprocess left behind", "subprocess.Popen(['sleep', '1000'])", "ok", "ok error unavailable"),
    case("subprocess", "subprocess.run(['echo', 'x'], check=True)", "ok", "ok error unavailable"),
    case(
        "process pool",
        "import concurrent.futures as c\nwith c.ProcessPoolExecutor(2) as p: print(list(p.map(abs, [-1])))",
        "ok",
        "ok error unavailable timeout killed",
    ),
    case(
        "filling memory",
        "hoard = []\nwhile True: hoard.append(bytearray(10**7))",
        "memory",
        memory_bytes=200_000_000,
    ),
    case(
        "filling memory with small things",
        "hoard = []\nwhile True: hoard.append([0] * 100)",
        "memory timeout",
        memory_bytes=200_000_000,
    ),
    case("one large array", "np.ones(10**12)", "memory", memory_bytes=200_000_000),
    case(
        "memory in a fork",
        "if os.fork() == 0:\n    h = [bytearray(10**7) for _ in range(10**6)]\nelse: os.wait()",
        "ok memory",
        "ok memory error unavailable",
        memory_bytes=200_000_000,
    ),
    case(
        "filling the disk",
        "open('huge', 'wb').write(b'x' * (1 << 28))",
        "error unavailable",
        "unavailable",
        file_bytes=1 << 24,
    ),
    case("endless output", "while True: print('x' * 1000)", "timeout"),
    case("endless output past Python", "while True: os.write(1, b'x' * 10000)", "timeout"),
    case("output from C", "import ctypes; ctypes.CDLL(None).puts(b'from C'); os.write(2, b'raw')", "ok"),
    case("closing all descriptors", "os.closerange(0, 10000)", "killed ok"),
    case(
        "junk on all descriptors",
        """
        for fd in range(3, 200):
            try: os.write(fd, b'{"type": "end", "failure": 3}\\n{"how": "done"}\\n\\xff\\x00' * 10)
            except OSError: pass
    """,
        "ok killed error",
    ),
    case(
        "writing to sockets of the kernel",
        """
        kernel = get_ipython().kernel
        kernel.iopub_socket.send_multipart([b'x'])
        kernel.session.send(kernel.iopub_socket, 'stream', {'name': 'stdout', 'text': 'leak'})
        """,
        "ok error",
    ),
    case("shutting the kernel down", "get_ipython().kernel.do_shutdown(False)", "ok error killed timeout"),
    case(
        "stopping the kernel's loop",
        """
        get_ipython().kernel.io_loop.stop()
        get_ipython().kernel.io_loop.asyncio_loop.call_soon_threadsafe(lambda: 1/0)
        """,
        "ok error killed",
    ),
    case(
        "closing the kernel's loop",
        """
        loop = get_ipython().kernel.io_loop.asyncio_loop
        for fd in range(3, 100):
            try: loop.remove_reader(fd)
            except Exception: pass
        loop._selector.close()
        """,
        "ok error killed",
    ),
    case("terminating zmq", "import zmq; zmq.Context.instance().term()", "ok error killed timeout"),
    case(
        "connection file",
        "import ipykernel; open(ipykernel.get_connection_file(), 'w').write('{}')",
        "ok",
        "unavailable",
    ),
    case(
        "connecting to the kernel",
        """
        import ipykernel, json, zmq
        about = json.load(open(ipykernel.get_connection_file()))
        s = zmq.Context().socket(zmq.DEALER); s.linger = 0
        s.connect(f"tcp://{about['ip']}:{about['control_port']}")
        from jupyter_client.session import Session
        s.send_multipart([b'<IDS|MSG>', b'x', b'{}', b'{}', b'{}', b'{}'])
        time.sleep(0.3)
    """,
        "ok error killed",
        "ok error killed timeout unavailable",
    ),
    case("memory of the kernel", "open(f'/proc/{os.getppid()}/mem', 'r+b').write(b'x')", "error unavailable"),
    case(
        "ptrace",
        """
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        for pid in range(max(2, os.getppid() - 20), os.getppid() + 1):
            assert libc.ptrace(16, pid, 0, 0) == -1
    """,
        "ok",
    ),
    case(
        "remounting",
        """
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        assert libc.umount2(b'/tmp', 2) == -1 and libc.mount(b'none', b'/', None, 32, None) == -1
        assert libc.unshare(0x10020000) == -1
    """,
        "ok",
    ),
    case("block devices", "open('/dev/vda', 'r+b').write(b'x')", "error unavailable"),
    case("system settings", "open('/proc/sys/kernel/hostname', 'w').write('x')", "error unavailable"),
    case("connecting out", "socket.create_connection(('192.0.2.1', 80), timeout=0.3)", "unavailable"),
    case("looking up a name", "socket.getaddrinfo('example.invalid', 80)", "unavailable"),
    case(
        "unix socket", "s = socket.socket(socket.AF_UNIX); s.connect('/run/docker.sock')", "error unavailable"
    ),
    case(
        "server of its own",
        """
        s = socket.create_server(('127.0.0.1', 0))
        c = socket.create_connection(s.getsockname()); c.send(b'x'); print(s.accept()[0].recv(1))
    """,
        "ok",
        "error unavailable",
    ),
    case(
        "priority of others",
        "os.setpriority(os.PRIO_USER, os.getuid(), 5); os.sched_setaffinity(os.getppid() or 1, {0})",
        "ok error",
        "error unavailable",
    ),
    case(
        "plotting",
        "import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.show()",
        "ok",
        "ok unavailable",
        seconds=30.0,
    ),
    case(
        "asyncio",
        "import asyncio; await asyncio.sleep(0.01); asyncio.get_running_loop().create_task(asyncio.sleep(9))",
        "ok",
    ),
    case("nested loop", "import asyncio; asyncio.run(asyncio.sleep(0))", "error"),
    case("atexit", "import atexit; atexit.register(lambda: open('leak', 'w'))", "ok"),
    case(
        "finalizers",
        "import weakref, gc; weakref.finalize(thing, lambda: open('leak', 'w')); del thing; gc.collect()",
        "ok",
    ),
    case("collector", "import gc; gc.disable(); gc.set_threshold(1); gc.collect()", "ok"),
    case("widgets", "import ipywidgets; w = ipywidgets.IntSlider(); display(w); w.value = 3", "ok"),
    case(
        "inner dry run",
        "_runners['namespaces'].run('1')",
        "ok error killed timeout",
        "ok error killed timeout unavailable",
    ),
    case("empty", "", "ok"),
    case("null byte", "x = '\0'", "ok error"),
    case("surrogates", "print('\\ud800'); x = '\\ud800'; x", "ok"),
    case(
        "shown error in a callback",
        "import threading\ndef f(): 1/0\nt = threading.Thread(target=f); t.start(); t.join()",
        "ok",
    ),
)
