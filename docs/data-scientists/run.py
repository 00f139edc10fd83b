"""Runs a page of this guide again: writes its named blocks as files, types its commands, compares what they print.

    python3 docs/data-scientists/run.py docs/data-scientists/scikit-learn.md --python .venv/bin/python

A block that has a file's name behind its language (```python train.py) becomes that file. Of a `console` block, each
line after `$ ` is typed, in the order of the page and in one folder, and what stands below it must be printed; `…`
stands for anything. `python` is the interpreter of --python, with the page's own packages; `inpoint` is dist/cli.js.
--write puts what was printed into the page wherever it differs. Commands run as this user: read a page before.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(\w+)[^\S\n]*([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ ", re.MULTILINE)


def main():
    options = parse()
    page = options.page.read_text()
    with tempfile.TemporaryDirectory() as name:
        folder, tools = options.folder or Path(name, "work"), Path(name, "bin")
        folder.mkdir(parents=True, exist_ok=True)
        install(tools, options.python)
        wrong = 0
        for match in list(BLOCK.finditer(page)):
            language, info, code = match.groups()
            if language == "console":
                typed, differing = type_all(code, folder, tools)
                wrong += differing
                if options.write:
                    page = page.replace(code, typed)
            elif info:
                path = folder / info
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(code)
    if options.write:
        options.page.write_text(page)
    print(f"{options.page}: {'as shown' if wrong == 0 else f'{wrong} commands print something else'}")
    sys.exit(wrong > 0 and not options.write)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", type=Path)
    parser.add_argument("--python", type=Path, default=Path(sys.executable), help="with the packages that the page names")
    parser.add_argument("--folder", type=Path, help="keeps what the page makes; by default it is removed")
    parser.add_argument("--write", action="store_true", help="put into the page what was printed")
    return parser.parse_args()


def install(tools: Path, python: Path):
    """`python` and `inpoint` as the page types them."""
    tools.mkdir()
    for name, command in {"python": f'"{python.absolute()}"', "inpoint": f'node "{ROOT / "dist/cli.js"}"'}.items():
        (tools / name).write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        (tools / name).chmod(0o755)


def type_all(code: str, folder: Path, tools: Path) -> tuple[str, int]:
    """A block with what its commands print where that is not what it shows, and how many of them print otherwise."""
    before, *parts = COMMAND.split(code)
    typed, differing = before, 0
    for part in parts:
        command, _, shown = part.partition("\n")
        while command.endswith("\\"):
            more, _, shown = shown.partition("\n")
            command += f"\n{more}"
        print(f"$ {command}", flush=True)
        printed = run(command, folder, tools)
        if not agrees(printed, shown):
            differing += 1
            print(f"--- printed\n{printed}--- shown\n{shown}---")
            shown = printed
        typed += f"$ {command}\n{shown}"
    return typed, differing


def run(command: str, folder: Path, tools: Path) -> str:
    # Beside the interpreter lie the programs that its packages brought.
    beside = Path((tools / "python").read_text().split('"')[1]).parent
    path = f"{tools}:{beside}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env={**os.environ, "PATH": path, "NO_COLOR": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    return "".join(f"{line.rstrip()}\n" for line in done.stdout.replace(f"{folder}/", "").rstrip().splitlines())


def agrees(printed: str, shown: str) -> bool:
    """Whether it is what a page shows. Sizes of archives may differ by the versions that made them."""
    without_sizes = lambda text: re.sub(r" *[\d.,]+ (bytes|[kM]B)\b", " size", text).rstrip("\n")
    parts = [re.escape(part) for part in without_sizes(shown).split("…")]
    return re.fullmatch("(?s:.*)".join(parts), without_sizes(printed)) is not None


if __name__ == "__main__":
    main()
