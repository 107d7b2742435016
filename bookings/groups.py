"""The role that looks after diaries and appointments, and just what it may do."""

from typing import Any

from directory.groups import make_groups_of

BOOKING_EDITOR = "Booking editor"
PERMISSIONS = {
    BOOKING_EDITOR: [
        *(
            f"{verb}_{rule}"
            for verb in ("view", "add", "change", "delete")
            for rule in ("diary", "offer", "workinghours", "timeoff")
        ),
        # Made by patients; cancelled, moved and erased, never deleted.
        "view_appointment",
        "change_appointment",
    ],
}
# To choose whose diary it is.
OF_THE_DIRECTORY = ["view_physiotherapist"]


def make_groups(group_model: Any, permission_model: Any) -> None:
    make_groups_of("bookings", PERMISSIONS, group_model, permission_model)
    seen = permission_model.objects.filter(content_type__app_label="directory", codename__in=OF_THE_DIRECTORY)
    group_model.objects.get(name=BOOKING_EDITOR).permissions.add(*seen)
