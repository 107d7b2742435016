from django.urls import path

from directory import compare_views, corrections, profile_views, town_views, views

app_name = "directory"
urlpatterns = [
    path("", views.search, name="search"),
    path("in/<slug:place>/", town_views.town, name="town"),
    path("compare/", compare_views.compare, name="compare"),
    path("<slug:slug>/", profile_views.profile, name="profile"),
    path("<slug:slug>/correction/", corrections.correction, name="correction"),
    path("<slug:slug>/correction/sent/", corrections.thanks, name="correction-sent"),
]
