"""Draws the pictures of this folder: trousers on a floor, as nobody's photo."""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

picture = Image.new("RGB", (480, 640), (214, 206, 196))
draw = ImageDraw.Draw(picture)
legs = [(150, 60), (330, 60), (350, 590), (265, 595), (241, 230), (215, 595), (130, 590)]
draw.polygon(legs, fill=(38, 48, 78))
draw.rectangle((150, 60, 330, 92), fill=(30, 38, 64))
draw.line((240, 92, 240, 225), fill=(24, 30, 52), width=4)
picture.filter(ImageFilter.GaussianBlur(1.5)).save(Path(__file__).with_name("trousers.png"), optimize=True)
