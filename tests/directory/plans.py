"""How the database would run a statement of the search."""

from django.db import connection


def assert_only_the_covering_index(sql: str) -> None:
    plan = explained(sql)
    if connection.vendor == "sqlite":
        assert "USING COVERING INDEX search_point_covering" in plan
        tables = [line for line in plan.splitlines() if "directory_searchpoint" in line or " point" in line]
        assert all("COVERING INDEX" in line and line.startswith("SEARCH") for line in tables), plan
    else:
        assert "Index Only Scan using search_point_covering" in plan
        assert "Seq Scan" not in plan


def explained(sql: str) -> str:
    """The database's plan, where PostgreSQL must not prefer to read a table that is small."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        else:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
            cursor.execute(f"EXPLAIN {sql}")
        return "\n".join(str(row[-1]) for row in cursor.fetchall())
