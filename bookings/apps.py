from django.apps import AppConfig


class BookingsConfig(AppConfig):
    name = "bookings"

    def ready(self) -> None:
        # With it come the signals of bookings.soonest.
        from bookings import in_directory
        from directory.soonest import hand_in

        hand_in(in_directory)
