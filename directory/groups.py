"""The role that looks after the directory, and just what it may do. The roles of conditions are others."""

from typing import Any

from conditions.groups import make_groups_of

DIRECTORY_EDITOR = "Directory editor"
PERMISSIONS = {
    DIRECTORY_EDITOR: [
        *(
            f"{verb}_{listing}"
            for verb in ("view", "add", "change", "delete")
            for listing in ("physiotherapist", "clinic")
        ),
        # What visitors wrote is read and dealt with, not rewritten.
        "view_correction",
        "change_correction",
        "view_emptysearch",
    ],
}


def make_groups(group_model: Any, permission_model: Any) -> None:
    make_groups_of("directory", PERMISSIONS, group_model, permission_model)
