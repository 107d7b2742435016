"""What the roles of ``conditions.groups`` may do with the resources and the podcast."""

from typing import Any

from conditions.groups import EDITOR, PUBLISHER, REVIEWER, make_groups_of

_LISTS = ("term", "synonym", "urgentphrases", "organisation")
_PARTS = ("episodeperson", "chapter")
_SEE = [f"view_{model}" for model in ("show", "episode", *_PARTS, *_LISTS)]
_WRITE_PARTS = [f"{verb}_{part}" for verb in ("add", "change", "delete") for part in _PARTS]
PERMISSIONS = {
    EDITOR: [
        *_SEE,
        *_WRITE_PARTS,
        *(f"{verb}_{model}" for verb in ("add", "change", "delete") for model in ("episode", *_LISTS)),
    ],
    REVIEWER: _SEE,
    # The time that makes an episode public is in its form.
    PUBLISHER: [*_SEE, *_WRITE_PARTS, "change_episode", "publish_episode", "add_show", "change_show"],
}


def make_groups(group_model: Any, permission_model: Any) -> None:
    make_groups_of("library", PERMISSIONS, group_model, permission_model)
