from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from conditions.prose import ProseEditorPage
from directory.admin.listing import RetiredFilter
from directory.admin.registration import RegistrationAdmin, RegistrationFilter
from directory.models import Correction, Physiotherapist
from directory.spreadsheets.admin import SpreadsheetAdmin
from directory.spreadsheets.listings import PhysiotherapistResource


@admin.register(Physiotherapist)
class PhysiotherapistAdmin(SpreadsheetAdmin, RegistrationAdmin, ProseEditorPage):
    resource_classes = [PhysiotherapistResource]
    list_display = [
        "name",
        "hcpc_number",
        "gender",
        "neuro",
        "home_visits",
        "listed",
        "registration",
        "sample",
    ]
    list_filter = [RegistrationFilter, "listed", "sample", "home_visits", "gender", RetiredFilter]
    search_fields = ["name", "hcpc_number", "clinics__name", "clinics__postcode"]
    prepopulated_fields = {"slug": ["name"]}
    autocomplete_fields = ["clinics"]
    filter_horizontal = ["conditions_treated"]
    readonly_fields = ["sample", "checked_by"]
    fieldsets = [
        (None, {"fields": ["name", "slug", "hcpc_number", "gender", "listed", "sample"]}),
        ("Registration", {"fields": ["checked_on", "check_due_on", "checked_by"]}),
        ("What they do", {"fields": ["biography", "specialisms", "conditions_treated", "languages"]}),
        ("Where and when they work", {"fields": ["clinics", "online", "evenings", "weekends"]}),
        (
            "Home visits",
            {"fields": ["home_visits", "visit_postcode", "visit_miles", "visit_fee", "hoist_at_home"]},
        ),
        ("How to reach them", {"fields": ["phone", "email", "website"]}),
        ("Fees", {"fields": ["fee_first", "fee_follow_up", "fee_online", "fee_home", "insurers"]}),
    ]

    @admin.display(boolean=True)
    def neuro(self, person: Physiotherapist) -> bool:
        return person.is_neuro

    def view_on_site(self, person: Physiotherapist) -> str | None:
        return (
            person.get_absolute_url()
            if Physiotherapist.objects.listed().filter(pk=person.pk).exists()
            else None
        )

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Whoever may delete somebody may delete what visitors wrote about them too."""
        listed, counts, needed, protected = super().get_deleted_objects(objs, request)
        return listed, counts, needed - {Correction._meta.verbose_name}, protected

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict:
        # Only while it is new: an address that people have linked to stays.
        return self.prepopulated_fields if obj is None else {}
