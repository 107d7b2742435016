from typing import Any

from tqdm import tqdm


def progress_bar(description: str, verbosity: int, **options: Any) -> tqdm:
    """A bar for a long step of a command: only on a terminal, and gone when the step is done."""
    # tqdm takes None for: show it where there is a terminal.
    return tqdm(desc=description, disable=None if verbosity else True, leave=False, **options)
