from django.urls import path

from places.views import suggestions

app_name = "places"
urlpatterns = [path("", suggestions, name="suggestions")]
