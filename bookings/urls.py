from django.urls import path

from bookings.views import day, manage, outbox, steps, times

app_name = "bookings"
_BOOK = "physiotherapists/<slug:slug>/book/"
urlpatterns = [
    path(_BOOK, times.times, name="times"),
    path(f"{_BOOK}<str:token>/", steps.safety, name="safety"),
    path(f"{_BOOK}<str:token>/details/", steps.details, name="details"),
    path(f"{_BOOK}<str:token>/check/", steps.check, name="check"),
    path(f"{_BOOK}<str:token>/confirm/", steps.confirm, name="confirm"),
    path(f"{_BOOK}<str:token>/again/", steps.again, name="again"),
    path(f"{_BOOK}<str:token>/done/", steps.done, name="done"),
    path("appointments/day/<str:token>/", day.day, name="day"),
    path("appointments/day/<str:token>/<int:pk>/cancel/", day.day_cancel, name="day-cancel"),
    path("appointments/day/<str:token>/<int:pk>/no-show/", day.day_no_show, name="day-no-show"),
    path("appointments/<str:token>/", manage.appointment, name="appointment"),
    path("appointments/<str:token>/cancel/", manage.cancelling, name="cancel"),
    path("appointments/<str:token>/move/", manage.moving, name="move"),
    path("mails/", outbox.outbox, name="outbox"),
]
