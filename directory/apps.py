from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "directory"

    def ready(self) -> None:
        import directory.dealt_with
        import directory.history
        import directory.search_table  # noqa: F401
