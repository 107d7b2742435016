from collections.abc import Sequence


def is_inside(point: tuple[float, float], outline: Sequence[tuple[float, float]]) -> bool:
    """By the even-odd rule."""
    x, y = point
    crossings = 0
    for (ax, ay), (bx, by) in zip(outline, [*outline[1:], outline[0]], strict=True):
        if (ay <= y) != (by <= y) and ax + (y - ay) / (by - ay) * (bx - ax) > x:
            crossings += 1
    return crossings % 2 == 1


def area(outline: Sequence[tuple[float, float]]) -> float:
    sides = zip(outline, [*outline[1:], outline[0]], strict=True)
    return abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in sides)) / 2
