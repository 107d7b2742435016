from django.apps import AppConfig


class ConditionsConfig(AppConfig):
    name = "conditions"

    def ready(self) -> None:
        from conditions.models import Version
        from freshness.version import hand_in_timed

        hand_in_timed(
            lambda: (Version.objects.filter(status=Version.Status.APPROVED).order_by(), "publish_at")
        )
