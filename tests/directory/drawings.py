"""Reading the path data of a map back into outlines, as a browser would."""

import re

Outline = list[tuple[float, float]]


def outlines_of(path: str, fine: int = 4) -> list[Outline]:
    """The points that each closed outline runs through, in units of the drawing."""
    found = []
    for part in filter(None, path.split("z")):
        command = re.fullmatch(
            r"M(?P<start>[^a-zA-Z]+)(Q(?P<first>[^a-zA-Z]+)t|l)(?P<steps>[^a-zA-Z]*)", part
        )
        assert command, part
        (x, y) = numbers_of(command["start"])
        outline = [(x, y)]
        if command["first"]:
            *_, x, y = numbers_of(command["first"])
            outline.append((x, y))
        steps = numbers_of(command["steps"])
        for dx, dy in zip(steps[::2], steps[1::2], strict=True):
            x, y = x + dx, y + dy
            outline.append((x, y))
        found.append([(x / fine, y / fine) for x, y in outline])
    return found


def numbers_of(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"-?\d+", text)]
