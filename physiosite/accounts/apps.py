from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "physiosite.accounts"
    label = "accounts"

    def ready(self) -> None:
        from physiosite.accounts import events, sessions  # noqa: F401
