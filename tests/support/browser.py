"""Headless Chromium at the portal: every page that it opens is watched for
console errors and for requests to another host."""

import json
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import axe_playwright_python
from playwright.sync_api import sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update",
         "--disable-sync"]
AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
LOCALES = {"en": "en-GB", "ru": "ru-RU", "zh": "zh-CN"}


class Page:
    """A page of Playwright's and what was wrong with it."""

    def __init__(self, page, base):
        self.page, self.base, self.wrong = page, base, []
        page.on("console", self._said)
        page.on("pageerror", lambda e: self.wrong.append(f"script: {e}"))
        page.on("request", self._asked)
        page.on("dialog", lambda d: (self.wrong.append("dialog"), d.dismiss()))

    def _said(self, message):
        if message.type == "error":
            self.wrong.append(f"console: {message.text}")

    def _asked(self, request):
        if urlsplit(request.url).netloc != urlsplit(self.base).netloc \
                and not request.url.startswith(("data:", "blob:")):
            self.wrong.append(f"asked for {request.url}")

    def __getattr__(self, name):
        return getattr(self.page, name)

    def open(self, path, status=200):
        answer = self.page.goto(self.base + path)
        assert answer.status == status, f"{path}: {answer.status}"
        return self

    def accessible(self):
        """What axe-core finds that is serious: a list of sentences."""
        self.page.evaluate(AXE.read_text() + "; 0")
        found = self.page.evaluate("axe.run(document)")["violations"]
        return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found
                if v["impact"] in ("serious", "critical")]

    def too_wide(self):
        return self.page.evaluate(
            "document.documentElement.scrollWidth >"
            " document.documentElement.clientWidth")

    def words(self):
        """The text that people see, without what is there to be copied."""
        return self.page.evaluate("""() => {
            const seen = document.body.cloneNode(true);
            for (const el of seen.querySelectorAll(
                    "script, style, textarea, .addresses, noscript"))
                el.remove();
            return seen.textContent;
        }""")

    def map_is_there(self):
        self.page.wait_for_selector("#map[data-ready]")


class Browser:
    def __init__(self):
        self.playwright = sync_playwright().start()
        self.chromium = self.playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=FLAGS)

    @contextmanager
    def at(self, base, language="en", width=1440, **more):
        """A page in a new profile; at its end nothing may have been wrong."""
        with self.chromium.new_context(
                locale=LOCALES[language],
                viewport={"width": width, "height": 900 if width > 600 else 844},
                **more) as context:
            page = Page(context.new_page(), base)
            yield page
            assert not page.wrong, "\n".join(page.wrong)

    def close(self):
        self.chromium.close()
        self.playwright.stop()


def linked_data(page):
    """All JSON-LD of a page."""
    return [json.loads(text) for text in page.locator(
        "script[type='application/ld+json']").all_text_contents()]
