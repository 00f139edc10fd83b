"""Packs what a training script made into a model.tar.gz, with `inpoint pack`: the same files give the same bytes."""

import json
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CLI = ROOT / "dist/cli.js"


def pack_archive(files: dict[str, bytes], out: Path, **about: str):
    """Packs files by their path in the archive. `inpoint pack` runs the golden.json among them, and refuses to write
    where an answer differs. `about` is what the archive says of itself: name, description, author, version, license, date.
    """
    if not CLI.exists():
        raise SystemExit("The package is not built: run npm start (or npx tsdown) once, then this again.")
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        options = [text for name, value in about.items() for text in (f"--{name}", value)]
        out.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["node", CLI, "pack", folder, "-o", out, *options], check=True)


def to_json(value) -> bytes:
    """JSON for a person to read."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
