"""The role that looks after the directory, and just what it may do. The roles of conditions are others."""

from typing import Any

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
    """Make the group, or give it back just these permissions."""
    for name, codenames in PERMISSIONS.items():
        group, _ = group_model.objects.get_or_create(name=name)
        found = permission_model.objects.filter(content_type__app_label="directory", codename__in=codenames)
        if found.count() != len(set(codenames)):
            missing = set(codenames) - set(found.values_list("codename", flat=True))
            raise LookupError(f"There is no permission {', '.join(sorted(missing))}.")
        group.permissions.set(found)
