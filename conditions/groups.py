"""The three roles that editors have, and just what each may do. One person may be in several."""

from collections.abc import Mapping, Sequence
from typing import Any

EDITOR, REVIEWER, PUBLISHER = "Editor", "Clinical reviewer", "Publisher"
_PARTS = (
    "redflag",
    "cause",
    "treatmentuse",
    "exercise",
    "checklist",
    "fillin",
    "section",
    "relatedpage",
    "citation",
)
_LIBRARY = ("version", "redflagcard", "source", "author", "picture")
_SEE = [f"view_{model}" for model in ("page", "signature", *_LIBRARY, *_PARTS)]
PERMISSIONS = {
    EDITOR: [
        *_SEE,
        *(f"{verb}_{part}" for verb in ("add", "change", "delete") for part in _PARTS),
        *(f"{verb}_{model}" for verb in ("add", "change") for model in _LIBRARY),
        "delete_version",
    ],
    REVIEWER: [*_SEE, "sign_version"],
    PUBLISHER: [*_SEE, "publish_version"],
}


def make_groups(group_model: Any, permission_model: Any) -> None:
    make_groups_of("conditions", PERMISSIONS, group_model, permission_model)


def make_groups_of(
    app: str, permissions: Mapping[str, Sequence[str]], group_model: Any, permission_model: Any
) -> None:
    """Make groups by their names, or give them back just these permissions of an app.

    Raises LookupError for a permission that there is not.
    """
    of_app = permission_model.objects.filter(content_type__app_label=app)
    for name, codenames in permissions.items():
        group, _ = group_model.objects.get_or_create(name=name)
        found = of_app.filter(codename__in=codenames)
        if missing := set(codenames) - set(found.values_list("codename", flat=True)):
            raise LookupError(f"There is no permission {', '.join(sorted(missing))}.")
        # Another app may give the same group permissions of its own.
        group.permissions.remove(*of_app.exclude(codename__in=codenames))
        group.permissions.add(*found)
