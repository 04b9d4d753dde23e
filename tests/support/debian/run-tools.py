"""Runs Debian's own Python tools, one fork for each case: starting Python anew for each takes half a second."""
import contextlib, io, json, os, resource, runpy, shutil, signal, sys, termios, tty

def finish(code):
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)

def run(tool, argv):
    sys.argv = [tool, *argv]
    try:
        runpy.run_path(tool, run_name="__main__")
        finish(0)
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        finish(end.code)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        finish(1)

def warm(tool):
    """Reads in what the tool imports."""
    sys.argv = [tool, "--help"]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()), contextlib.suppress(SystemExit):
        runpy.run_path(tool, run_name="__main__")

def keyboard(path, keys):
    """What a user has pressed, from a file: here is no terminal to be had, so the modes of one are left alone."""
    with open(path, "w") as file:
        file.write(keys)
    termios.tcgetattr = tty.tcgetattr = lambda fd: [0, 0, 0, 0, 0, 0, []]
    termios.tcsetattr = tty.tcsetattr = lambda fd, when, mode: None
    tty.setraw = tty.setcbreak = lambda fd, when=0: None
    # whoever wants more keys than were pressed asks without end
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 18, 1 << 18))
    resource.setrlimit(resource.RLIMIT_CPU, (6, 6))
    return os.open(path, os.O_RDONLY)

def one(case, directory):
    out, err = os.path.join(directory, "out"), os.path.join(directory, "err")
    child = os.fork()
    if child == 0:
        for number, path in ((1, out), (2, err)):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        signal.alarm(60)
        if case.get("keys") is not None:
            os.dup2(keyboard(os.path.join(directory, "keys"), case["keys"]), 0)
        else:
            os.dup2(os.open(case.get("stdin") or os.path.join(directory, "nothing"), os.O_RDONLY | os.O_CREAT), 0)
        os.chdir(case["cwd"])
        os.environ.update(case["environment"])
        run(case["tool"], case["argv"])
    _, status = os.waitpid(child, 0)
    read = lambda path: open(path, "rb").read().decode("latin-1")
    return {"status": os.waitstatus_to_exitcode(status), "out": read(out), "err": read(err)}

cases = json.load(sys.stdin)
directory = sys.argv[1]
for tool in sorted({case["tool"] for case in cases}):
    warm(tool)
json.dump([one(case, directory) for case in cases], sys.stdout)
