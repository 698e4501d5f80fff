"""Programs that read and write what is not theirs."""

from codex_lsp.execution.verdict import Outcome
from tests.unit.execution.escapes.escape import Escape

READING = (
    Escape(
        name="environments of all processes",
        source="""
for name in os.listdir("/proc"):
    read(f"/proc/{name}/environ")
print(dict(os.environ))
""",
    ),
    Escape(
        name="memory of the first process",
        source="""
for path in ("/proc/1/mem", "/proc/self/../1/mem"):
    try:
        with open(path, "r+b", buffering=0):
            escaped("can write the memory of the first process")
    except OSError:
        pass
""",
    ),
    Escape(
        name="descriptors and folders of the first process",
        source="""
for name in ("root", "cwd", "exe", "fd/3", "fd/4", "fd/5"):
    for pid in ("1", "self", "thread-self"):
        path = f"/proc/{pid}/{name}"
        for below in ("", given["home"], "/.." * 9 + given["home"], given["outside"]):
            read(path + below + "/secret")
""",
    ),
    Escape(
        name="settings of the kernel",
        source="""
for path, value in {
    "/proc/sys/kernel/core_pattern": "|/tmp/work/x", "/proc/sys/kernel/hostname": "x", "/proc/sysrq-trigger": "h",
    "/proc/sys/user/max_user_namespaces": "1000", "/proc/sys/vm/drop_caches": "1", "/proc/sys/kernel/pid_max": "400",
    "/proc/sys/net/ipv4/ip_forward": "1", "/proc/self/uid_map": "0 0 1", "/proc/self/setgroups": "allow",
    "/proc/1/oom_score_adj": "-1000",
}.items():
    attempt(path, lambda: open(path, "wb", buffering=0).write(value.encode()))
for path in ("/proc/kcore", "/proc/kmsg", "/proc/kpageflags", "/dev/mem", "/dev/kmsg", "/dev/vda", "/dev/sda"):
    attempt(path, os.open, path, os.O_RDONLY)
""",
    ),
    Escape(
        name="the home folder",
        source="""
for home in (given["home"], "/root", "/home", os.path.expanduser("~root"), os.path.expanduser("~")):
    for folder, _, names in os.walk(home):
        for name in names:
            if given["prefixes"] and any(folder.startswith(prefix) for prefix in given["prefixes"]):
                continue
            read(os.path.join(folder, name))
read(given["home"] + "/.ssh/id_ed25519")
""",
    ),
    Escape(
        name="settings of the system",
        source="""
for path in ("/etc/shadow", "/etc/passwd", "/etc/hosts", "/etc/resolv.conf", "/etc/machine-id", "/var", "/run",
             "/sys", "/boot", "/mnt", "/srv", "/media"):
    attempt(path, os.stat, path)
""",
    ),
    Escape(
        name="secret files of a readable project",
        source="""
if open(given["project"] + "/code.py").read() != "x = 1\\n":
    escaped("the project is not there")
for folder, _, names in os.walk(given["project"]):
    for name in names:
        read(os.path.join(folder, name))
attempt("a link to a secret", lambda: open(given["project"] + "/link").read() or [][0])
""",
        outcomes=frozenset({Outcome.PASSED, Outcome.ERROR}),
    ),
    Escape(
        name="links out of the work folder",
        source="""
targets = [given["outside"], given["home"], "../" * 9 + given["outside"], "/proc/1/root" + given["home"]]
for number, target in enumerate(targets):
    os.symlink(target, f"link{number}")
    read(f"link{number}/secret")
    attempt("write through a link", lambda: open(f"link{number}/leak", "w"))
for path in (given["project"] + "/code.py", "/etc/ld.so.cache"):
    attempt("hard link", os.link, path, "hard")
attempt("device", os.mknod, "device", 0o20666, os.makedev(1, 1))
""",
    ),
    Escape(
        name="handles of files",
        source="""
denied("name_to_handle_at", 303, 264, -100, b"/usr", bytes(200), bytes(8), 0)
denied("open_by_handle_at", 304, 265, -100, bytes(200), 0)
""",
    ),
)

WRITING = (
    Escape(
        name="writing where it may read",
        source="""
folders = ["/", "/usr", "/usr/bin", "/etc", "/dev", "/proc", "/bin", given["project"], given["outside"]]
for folder in folders + given["prefixes"]:
    attempt(folder, lambda: open(os.path.join(folder, "leak-" + given["token"]), "w"))
attempt("its code", lambda: open(given["project"] + "/code.py", "a"))
attempt("interpreter", lambda: open(sys.executable, "r+b"))
attempt("standard library", lambda: open(os.__file__, "r+b"))
attempt("remove", os.unlink, given["project"] + "/code.py")
attempt("rename", os.rename, given["project"], given["project"] + "2")
attempt("mode", os.chmod, given["project"] + "/code.py", 0o777)
""",
    ),
    Escape(
        name="leaving files in the machine's temporary folders",
        source="""
for folder in ("/tmp", "/dev/shm", "/var/tmp", "/run"):
    try:
        open(f"{folder}/leak-{given['token']}", "w").write("x")
    except OSError:
        pass
""",
    ),
    Escape(
        name="becoming somebody else",
        source="""
for change in (os.setuid, os.seteuid, os.setgid, os.setegid):
    attempt(change.__name__, change, 0)
attempt("setgroups", os.setgroups, [0])
attempt("setresuid", os.setresuid, 0, 0, 0)
if os.getuid() == 0 or os.getgid() == 0:
    escaped("is root")
attempt("chroot", os.chroot, "/tmp")
attempt("hostname", __import__("socket").sethostname, "escaped")
libc.prctl(38, 0, 0, 0, 0)
if libc.prctl(39, 0, 0, 0, 0) != 1:
    escaped("new privileges")
""",
    ),
)
