from django.urls import path

from conditions import views

app_name = "conditions"
urlpatterns = [
    path("", views.index, name="index"),
    path("areas/<slug:area>/", views.area, name="area"),
    path("<slug:slug>/", views.detail, name="detail"),
    path("<slug:slug>/changes/", views.changes, name="changes"),
]
