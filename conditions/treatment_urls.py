from django.urls import path

from conditions import views
from conditions.models import Page

app_name = "treatments"
urlpatterns = [
    path("", views.treatments, name="index"),
    path("<slug:slug>/", views.detail, {"kind": Page.Kind.TREATMENT}, name="detail"),
    path("<slug:slug>/changes/", views.changes, {"kind": Page.Kind.TREATMENT}, name="changes"),
]
