import pytest


@pytest.fixture(autouse=True)
def _own_folder_for_uploads(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "media")
