import pytest

from tests import postgresql_server, tools


@pytest.fixture
def bare_machine(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(tools, "DEBIAN_POSTGRESQL", tmp_path)


def test_missing_tool_skips_on_a_users_machine(bare_machine, monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="chromium is not installed"):
        tools.require_tool("chromium")


def test_missing_tool_fails_in_ci(bare_machine, monkeypatch):
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="chromium is not installed"):
        tools.require_tool("chromium")


def test_newest_postgresql_of_debian_is_found(bare_machine, tmp_path):
    for release in ("9.6", "15", "17"):
        program = tmp_path / release / "bin" / "initdb"
        program.parent.mkdir(parents=True)
        program.touch(mode=0o755)
    assert tools.find_tool("initdb") == str(tmp_path / "17" / "bin" / "initdb")


def test_without_a_postgresql_server_one_sentence_says_what_is_missing(bare_machine, monkeypatch, capsys):
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    monkeypatch.setattr("sys.argv", ["postgresql_server"])
    monkeypatch.setattr("signal.signal", lambda number, handler: None)
    assert postgresql_server.main() == 1
    assert capsys.readouterr().err == (
        "PostgreSQL's server is not installed: install it (Debian, Ubuntu: apt install postgresql), "
        "or name a database in TEST_DATABASE_URL.\n"
    )
