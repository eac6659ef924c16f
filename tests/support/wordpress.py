"""A real WordPress (Debian's package) on a MariaDB of its own: nothing of the
machine's services, databases or /etc is used or changed."""

import getpass
import json
import os
import subprocess
from pathlib import Path

import requests

from .process import ROOT, Process, free_port

CORE = Path("/usr/share/wordpress")
HERE = Path(__file__).resolve().parent
MU_PLUGIN = ROOT / "deploy/connectors/wordpress/twinwire.php"
DATABASE = "wordpress"


class User:
    """A user with an application password, as a clerk or a daemon has."""

    def __init__(self, site, id, name, password):
        self.site = site
        self.id = id
        self.name = name
        self.password = password

    def request(self, method, path, **kwargs):
        """PATH below /wp-json; the answer's JSON. Fails on 4xx and 5xx."""
        answer = requests.request(
            method, f"{self.site.url}/wp-json{path}",
            auth=(self.name, self.password), timeout=30, **kwargs)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def edit(self, route, id, **fields):
        """Change fields of a post as its editor would."""
        return self.request("POST", f"/wp/v2/{route}/{id}", json=fields)

    def create(self, route, **fields):
        return self.request("POST", f"/wp/v2/{route}", json=fields)

    def trash(self, route, id):
        return self.request("DELETE", f"/wp/v2/{route}/{id}")


class WordPress:
    """url, and three users: `twinwire` (author: what the connector is given),
    `clerk` (editor) and `admin`."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.root = self.folder / "site"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._socket = self.folder / "db.sock"
        self._lay_out()
        # In a shared one each server removes at its start what it takes for
        # leftovers: another's tables.
        self._env = os.environ | {"TMPDIR": str(self.folder)}
        self.database = Process(
            "mariadbd", self._mariadb("/usr/sbin/mariadbd")
            + [f"--socket={self._socket}", "--skip-networking",
               "--skip-log-bin", "--performance-schema=OFF",
               "--innodb-buffer-pool-size=32M", "--innodb-log-file-size=16M",
               "--innodb-flush-log-at-trx-commit=0", "--skip-grant-tables",
               f"--pid-file={self.folder}/db.pid"],
            self.folder / "mariadb.log", env=self._env)
        self.server = Process(
            "php", self._php() + [
                "-S", f"127.0.0.1:{self.port}", "-t", self.root,
                self.root / "router.php"],
            self.folder / "php.log", cwd=self.root,
            env=os.environ | {"PHP_CLI_SERVER_WORKERS": "4"})

    # Life ------------------------------------------------------------------

    def start(self):
        subprocess.run(
            self._mariadb("mariadb-install-db")
            + ["--auth-root-authentication-method=normal", "--skip-test-db"],
            check=True, capture_output=True,
            env=self._env)
        self.database.start().ready(self._socket.exists)
        self._sql(f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4")
        out = subprocess.run(
            self._php() + [self.root / "install.php", self.url],
            capture_output=True, text=True, cwd=self.root, check=False)
        assert out.returncode == 0, out.stdout + out.stderr
        users = json.loads(out.stdout.strip().splitlines()[-1])
        self.twinwire, self.clerk, self.admin = (
            User(self, **users[n]) for n in ("twinwire", "clerk", "admin"))
        self.serve()
        return self

    def serve(self):
        """Start (or, after server.kill(), restart) the web server."""
        self.server.start()
        self.server.ready(lambda: requests.get(
            f"{self.url}/wp-json/", timeout=5).json()["namespaces"])

    def stop(self):
        self.server.kill()
        self.database.kill()

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_):
        self.stop()

    # What stands on the site -------------------------------------------------

    def posts(self, route, status="publish,draft,pending,future,private",
              **query):
        """All posts of a type, by id, as an administrator sees them: meta
        and raw texts included, no page left out."""
        found, page = [], 1
        while True:
            answer = requests.get(
                f"{self.url}/wp-json/wp/v2/{route}",
                auth=(self.admin.name, self.admin.password), timeout=30,
                params={"context": "edit", "status": status, "per_page": 100,
                        "page": page, "orderby": "id", "order": "asc"} | query)
            assert answer.ok, f"{route}: {answer.status_code} {answer.text}"
            found += answer.json()
            if page >= int(answer.headers["X-WP-TotalPages"] or 1):
                return found
            page += 1

    def trashed(self, route):
        return self.posts(route, status="trash")

    def count(self, post_type, status="publish"):
        """Straight from the database, beside REST and all caches."""
        return int(self._sql(
            f"SELECT COUNT(*) FROM wp_posts WHERE post_type='{post_type}' "
            f"AND post_status='{status}'", DATABASE))

    def stock(self, post_type):
        """(marker, status, title) of every post of ours, trash included, from
        the database: quick also with thousands of them."""
        text = self._sql(
            "SELECT m.meta_value, p.post_status, p.post_title FROM wp_posts p "
            "JOIN wp_postmeta m ON m.post_id=p.ID AND m.meta_key='tw_marker' "
            f"WHERE p.post_type='{post_type}' AND m.meta_value<>''", DATABASE)
        return [tuple(line.split("\t")) for line in text.splitlines()]

    def writes(self, *post_types):
        """How often posts of these types were written: WordPress keeps a
        revision of each, and when."""
        kinds = ",".join(f"'{t}'" for t in post_types)
        return self._sql(
            "SELECT p.ID, p.post_modified_gmt, p.post_status, "
            "(SELECT COUNT(*) FROM wp_posts r WHERE r.post_parent=p.ID AND "
            f"r.post_type='revision') FROM wp_posts p WHERE p.post_type IN "
            f"({kinds}) ORDER BY p.ID", DATABASE)

    def excerpt(self, id):
        """A text that themes and plugins show and our plugin knows nothing
        of."""
        return self._sql(f"SELECT post_excerpt FROM wp_posts WHERE ID={id}",
                         DATABASE)

    def write_excerpt(self, id, text):
        quoted = text.replace("'", "''")
        self._sql(f"UPDATE wp_posts SET post_excerpt='{quoted}' "
                  f"WHERE ID={id}", DATABASE)

    def empty(self, *post_types):
        """Forget all posts of these types, trash included."""
        kinds = ",".join(f"'{t}'" for t in post_types)
        self._sql(
            f"DELETE m FROM wp_postmeta m JOIN wp_posts p ON p.ID=m.post_id "
            f"WHERE p.post_type IN ({kinds}); "
            f"DELETE FROM wp_posts WHERE post_type IN ({kinds})", DATABASE)

    # How it is made ----------------------------------------------------------

    def _lay_out(self):
        """A document root whose core is Debian's, by links, and whose
        configuration and content are ours."""
        content = self.root / "wp-content"
        (content / "mu-plugins").mkdir(parents=True)
        (content / "themes").symlink_to(CORE / "wp-content/themes")
        for entry in CORE.iterdir():
            if entry.name not in ("wp-content", "wp-config.php", ".htaccess"):
                (self.root / entry.name).symlink_to(entry)
        for name in ("prepend.php", "router.php", "install.php",
                     "wp-config.php"):
            text = (HERE / "wordpress" / name).read_text()
            (self.root / name).write_text(text.replace(
                "@SOCKET@", str(self._socket)).replace("@URL@", self.url))
        if MU_PLUGIN.exists():
            (content / "mu-plugins/twinwire.php").symlink_to(MU_PLUGIN)

    def _php(self):
        return ["php", "-d", f"auto_prepend_file={self.root}/prepend.php",
                "-d", "opcache.enable_cli=1", "-d", "display_errors=stderr",
                "-d", "error_reporting=E_ERROR | E_PARSE | E_CORE_ERROR",
                "-d", "log_errors=1", "-d", "memory_limit=256M"]

    def _mariadb(self, program):
        return [program, "--no-defaults", f"--datadir={self.folder}/db",
                f"--user={getpass.getuser()}"]

    def _sql(self, text, database=""):
        out = subprocess.run(
            ["mariadb", "--no-defaults", f"--socket={self._socket}", "-uroot",
             "-N", "-B", "-e", text, database][:8 + bool(database)],
            capture_output=True, text=True, check=False)
        assert out.returncode == 0, out.stderr
        return out.stdout.strip()
