from django.contrib import admin

from directory.admin.listing import ListingAdmin, RetiredFilter
from directory.models import Clinic
from directory.models.clinic import ACCESS
from directory.spreadsheets.admin import SpreadsheetAdmin
from directory.spreadsheets.listings import ClinicResource


@admin.register(Clinic)
class ClinicAdmin(SpreadsheetAdmin, ListingAdmin):
    resource_classes = [ClinicResource]
    list_display = ["name", "address", "postcode", "pin_by_hand", "sample"]
    list_filter = ["sample", "pin_by_hand", RetiredFilter]
    search_fields = ["name", "address", "postcode"]
    fieldsets = [
        (None, {"fields": ["name", "address", "postcode", "phone"]}),
        (
            "Where the pin is",
            {
                "fields": ["pin_by_hand", "latitude", "longitude"],
                "description": "The postcode fills this in. Tick the box to move the pin yourself.",
            },
        ),
        (
            "Access, as it was stated",
            {
                "fields": ACCESS,
                "description": "What somebody measured or stated, and when. Leave empty what is not known.",
            },
        ),
    ]
