"""Dovecot on loopback, in a folder of its own: a real IMAP server with a mailbox for each user name.

Debian's ``dovecot-imapd``; ``.ci/test-tools`` installs it. It runs as whoever runs the tests, or, started by
root, lets its mail belong to ``nobody``, for it serves no mail of root's.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import pytest

from tests.support.certificate import Certificate

PASSWORD = "geheim-42"
INSTALL_COMMAND = "sudo apt-get install -y --no-install-recommends dovecot-imapd"
START_TIMEOUT = 20.0

_CONFIGURATION = """
base_dir = {base}/run
state_dir = {base}/state
log_path = {base}/log
listen = 127.0.0.1
protocols = imap
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = no
auth_failure_delay = 0
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
mail_location = maildir:{base}/mail/%u
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={base}/home
}}
service anvil {{
  chroot =
  # A refused login would delay the logins of the tests that follow.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {tls}
  }}
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapServer:
    """One server, and the mailbox of one user there."""

    base: Path
    plain_port: int
    tls_port: int
    uid: int
    gid: int
    username: str = "bounces"

    @property
    def maildir(self) -> Path:
        """Where the user's mail lies."""
        return self.base / "mail" / self.username

    def for_user(self, username: str) -> Self:
        """Return the same server with another user's mailbox, which is empty."""
        other = replace(self, username=username)
        for folder in ("", "new", "cur", "tmp"):
            (other.maildir / folder).mkdir()
            os.chown(other.maildir / folder, self.uid, self.gid)
        return other

    def deliver(self, raw: bytes, *, name: str) -> None:
        """Let a mail arrive."""
        path = self.maildir / "new" / f"{name}.test"
        path.write_bytes(raw)
        os.chown(path, self.uid, self.gid)

    def flags(self) -> dict[str, str]:
        """Return the flags of every mail that was looked at, by its name."""
        parts = [path.name.partition(":2,") for path in (self.maildir / "cur").iterdir()]
        return {name.partition(".test")[0]: flags for name, _, flags in parts}


@contextmanager
def imap_server(certificate: Certificate) -> Iterator[ImapServer]:
    """Run a server while inside; fails the test with the line that installs it where it is missing."""
    program = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")  # noqa: TID251 - where programs are
    if program is None:
        pytest.fail(f"the tests need Dovecot: {INSTALL_COMMAND}")
    # A socket's path is short, and the parents of a test's own folder let nobody else in.
    base = Path(tempfile.mkdtemp(prefix="imap-", dir="/tmp"))
    base.chmod(0o755)
    server = _prepare(base, certificate)
    child = subprocess.Popen([program, "-F", "-c", str(base / "conf")], stderr=subprocess.DEVNULL)  # noqa: S603 - our own words
    try:
        _wait_for(server)
        yield server.for_user(server.username)
    finally:
        child.terminate()
        child.wait()
        shutil.rmtree(base, ignore_errors=True)


def _prepare(base: Path, certificate: Certificate) -> ImapServer:
    me = pwd.getpwuid(os.getuid())
    root = me.pw_uid == 0
    owner = pwd.getpwnam("nobody") if root else me
    server = ImapServer(base=base, plain_port=_free_port(), tls_port=_free_port(), uid=owner.pw_uid, gid=owner.pw_gid)
    for folder in ("mail", "home"):
        (base / folder).mkdir()
        os.chown(base / folder, owner.pw_uid, owner.pw_gid)
    internal = "dovecot" if root else me.pw_name
    text = _CONFIGURATION.format(
        base=base,
        certificate=certificate.file,
        key=certificate.key_file,
        internal=internal,
        internal_group=internal,
        login="dovenull" if root else me.pw_name,
        password=PASSWORD,
        uid=owner.pw_uid,
        gid=owner.pw_gid,
        plain=server.plain_port,
        tls=server.tls_port,
    )
    (base / "conf").write_text(text)
    return server


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait_for(server: ImapServer) -> None:
    ends = time.monotonic() + START_TIMEOUT
    while time.monotonic() < ends:
        with suppress(OSError), socket.create_connection(("127.0.0.1", server.plain_port), 1) as line:
            if line.recv(100).startswith(b"* OK"):
                return
        time.sleep(0.05)
    log = server.base / "log"
    pytest.fail(f"Dovecot does not start: {log.read_text() if log.exists() else 'and logs nothing'}")
