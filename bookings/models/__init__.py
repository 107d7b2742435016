from bookings.models.appointment import PERSONAL, TAKEN, Actor, Appointment, AppointmentEvent, State
from bookings.models.attempt import Attempt
from bookings.models.diary import Diary, Kind, Offer, TimeOff, Weekday, Where, WorkingHours
from bookings.models.mail import AppointmentMail
from bookings.models.soonest import NextTimes

__all__ = [
    "PERSONAL",
    "TAKEN",
    "Actor",
    "Appointment",
    "AppointmentEvent",
    "AppointmentMail",
    "Attempt",
    "Diary",
    "Kind",
    "NextTimes",
    "Offer",
    "State",
    "TimeOff",
    "Weekday",
    "Where",
    "WorkingHours",
]
