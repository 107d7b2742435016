from django.urls import path

from conditions import views as pages
from conditions.models import Page
from library import resources

app_name = "sheets"
SHEET = {"kind": Page.Kind.SHEET}
urlpatterns = [
    path("", resources.index, name="index"),
    path("glossary/", resources.glossary, name="glossary"),
    path("organisations/", resources.organisations, name="organisations"),
    path("<slug:slug>/", pages.detail, SHEET, name="detail"),
    path("<slug:slug>/changes/", pages.changes, SHEET, name="changes"),
]
