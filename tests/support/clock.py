"""A wall clock that a test moves while the program that reads it runs."""

import os
import subprocess
from pathlib import Path

HOUR, YEAR = 3600, 365 * 24 * 3600


class Clock:
    def __init__(self, folder):
        self.file = folder / "clock"
        self.library = folder / "clock.so"
        self.move(0)
        subprocess.run(
            ["cc", "-shared", "-fPIC", "-O2", "-o", self.library,
             Path(__file__).with_name("clock.c")], check=True)

    def move(self, seconds):
        """So far from the right time, at once."""
        with open(self.file, "r+b" if self.file.exists() else "wb") as f:
            f.write((seconds * 1000).to_bytes(8, "little", signed=True))

    def wind(self, process):
        """PROCESS goes by it from its next start on."""
        process.env = os.environ | {"LD_PRELOAD": str(self.library),
                                    "TEST_CLOCK": str(self.file)}
