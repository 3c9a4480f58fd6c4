"""Lets the real Salt render states, as `salt-call --local` does, many of them in one process.

Reads jobs from stdin, one JSON list a line: [FOLDER, TARGET, FUNCTION, ARGUMENT…], where FOLDER stands for /srv/salt. Prints, for each
job, one line of JSON: {"return": …, "log": [what Salt logged, from warnings on]}.
"""

import json
import logging
import sys
import tempfile

import salt.client
import salt.config


class Kept(logging.Handler):
    """Keeps what Salt logs."""

    def __init__(self):
        super().__init__(level=logging.WARNING)
        self.lines = []

    def emit(self, record):
        self.lines.append(f"{record.levelname}: {record.getMessage()}")


def caller(folder, target, state):
    """What `salt-call --local` would be on `target`."""
    options = salt.config.minion_config(None)
    options.update(
        id=target,
        file_client="local",
        file_roots={"base": [folder]},
        state_top="halite.top",
        root_dir=state,
        cachedir=f"{state}/cache/{target}",
        pki_dir=f"{state}/pki",
        sock_dir=f"{state}/sock",
        conf_file=f"{state}/minion",
        # Nothing here depends on the machine; to find out about it takes a second.
        grains={"os": "Debian", "os_family": "Debian", "kernel": "Linux"},
        skip_grains=True,
    )
    return salt.client.Caller(mopts=options)


def main():
    kept = Kept()
    logging.getLogger().addHandler(kept)
    with tempfile.TemporaryDirectory() as state:
        current, last = None, None
        for line in sys.stdin:
            folder, target, function, *arguments = json.loads(line)
            kept.lines.clear()
            # A new one for each target: Salt's modules remember for whom they were loaded last.
            if (folder, target) != last:
                current, last = caller(folder, target, state), (folder, target)
            answer = current.cmd(function, *arguments)
            print(json.dumps({"return": answer, "log": kept.lines}), flush=True)


main()
