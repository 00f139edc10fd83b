"""Reads the photos of garments, and prepares them as preprocessor_config.json says."""

import io
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image

ARCHIVE = "clothing-small/clothing-small-160px.tar.gz"
NAMES = ["dress", "hat", "longsleeve", "outwear", "pants", "shirt", "shoes", "shorts", "skirt", "t-shirt"]
SIZE = 128


def read_files(folder: Path, split: str) -> list[tuple[str, str, bytes]]:
    """Gives the JPEG files of "train", "validation" or "test" as (garment, name, bytes), in the order of their paths."""
    with tarfile.open(folder / ARCHIVE) as tar:
        photos = (entry for entry in tar if Path(entry.name).match(f"{split}/*/*.jpg"))
        files = [(*Path(entry.name).parts[-2:], tar.extractfile(entry).read()) for entry in photos]
    return sorted(files)


def read_photos(folder: Path, split: str) -> tuple[list[Image.Image], np.ndarray]:
    """Gives a split's photos, and the index of what each shows."""
    files = read_files(folder, split)
    photos = [Image.open(io.BytesIO(content)).convert("RGB") for _, _, content in files]
    return photos, np.array([NAMES.index(garment) for garment, _, _ in files])


def to_bytes(photo: Image.Image) -> np.ndarray:
    """The middle of a photo of any size: its shorter side becomes SIZE. Gives bytes [3, SIZE, SIZE]."""
    width, height = photo.size
    least = min(width, height)
    wide, high = int(SIZE * width / least), int(SIZE * height / least)
    left, top = (wide - SIZE) // 2, (high - SIZE) // 2
    photo = photo.convert("RGB").resize((wide, high), Image.BILINEAR)
    return np.array(photo.crop((left, top, left + SIZE, top + SIZE))).transpose(2, 0, 1)


def to_pixel_values(photos: list[Image.Image]) -> np.ndarray:
    """Does what preprocessor_config.json says: photos to floats [n, 3, SIZE, SIZE] in -1..1."""
    images = np.stack([to_bytes(photo) for photo in photos])
    return (images.astype(np.float32) / 255 - 0.5) / 0.5
