"""What the nearest search is measured against: the ways in which most sites would write it.

On SQLite the plain bounding box with the haversine formula in SQL; on PostgreSQL what GeoDjango sends to
PostGIS: a geography with a GiST index, ordered by nearest neighbour, and a count that stops at 201.
"""

from typing import Any

from django.db import connection

from directory.models import SearchPoint
from directory.nearest import COUNTED, PER_PAGE, Wish, _box
from places.distance import EARTH_RADIUS_MILES

METRES_PER_MILE = 1609.344


def prepare() -> None:
    """What the baseline may use, from the search table as it is now; ours has an index of its own."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "CREATE INDEX IF NOT EXISTS bench_box ON directory_searchpoint (latitude, longitude)"
            )
            return
        cursor.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        cursor.execute("DROP TABLE IF EXISTS bench_geography")
        cursor.execute(
            "CREATE TABLE bench_geography AS SELECT physiotherapist_id, clinic_id, flags, ST_SetSRID("
            "ST_MakePoint(longitude, latitude), 4326)::geography AS point FROM directory_searchpoint"
        )
        cursor.execute("CREATE INDEX ON bench_geography USING gist (point)")
        cursor.execute("VACUUM ANALYZE bench_geography")
        cursor.execute("VACUUM ANALYZE directory_searchpoint")


def box(wish: Wish) -> list[tuple[int, float]]:
    """The first page of people, and their miles: all in a box, the distance by trigonometry for each row,
    counted, sorted, cut to a page."""
    south, north, west, east = _box(wish, wish.radius_miles)
    inside = """
        FROM (SELECT physiotherapist_id,
                     2 * %(earth)s * asin(sqrt(
                         power(sin(radians(latitude - %(latitude)s) / 2), 2)
                         + cos(radians(%(latitude)s)) * cos(radians(latitude))
                         * power(sin(radians(longitude - %(longitude)s) / 2), 2))) AS miles
              FROM directory_searchpoint
              WHERE latitude BETWEEN %(south)s AND %(north)s AND longitude BETWEEN %(west)s AND %(east)s
                AND (flags & %(tested)s) = %(required)s) AS near
        WHERE miles <= %(radius)s"""
    values = _flags(wish) | {
        "earth": EARTH_RADIUS_MILES,
        "south": south,
        "north": north,
        "west": west,
        "east": east,
        "radius": wish.radius_miles,
    }
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(DISTINCT physiotherapist_id) {inside}", values)
        cursor.fetchone()
        cursor.execute(
            f"SELECT physiotherapist_id, min(miles) AS nearest {inside}"
            f" GROUP BY physiotherapist_id ORDER BY nearest, physiotherapist_id LIMIT {PER_PAGE}",
            values,
        )
        return cursor.fetchall()


def postgis(wish: Wish) -> list[tuple[int, int]]:
    """The first page of people and their clinics."""
    here = "ST_SetSRID(ST_MakePoint(%(longitude)s, %(latitude)s), 4326)::geography"
    where = f"""FROM bench_geography
        WHERE ST_DWithin(point, {here}, %(metres)s)
          AND (flags & %(tested)s) = %(required)s"""
    values = _flags(wish) | {"metres": wish.radius_miles * METRES_PER_MILE}
    with connection.cursor() as cursor:
        capped = f"SELECT 1 {where} LIMIT {COUNTED + 1}"
        cursor.execute(f"SELECT count(*) FROM ({capped}) AS capped", values)  # noqa: S608 - constants only
        cursor.fetchone()
        cursor.execute(
            f"SELECT physiotherapist_id, clinic_id {where} ORDER BY point <-> {here} LIMIT {PER_PAGE}",
            values,
        )
        return cursor.fetchall()


def _flags(wish: Wish) -> dict[str, Any]:
    required = SearchPoint.NEURO * wish.neuro | SearchPoint.FEMALE * wish.female
    return {
        "latitude": wish.latitude,
        "longitude": wish.longitude,
        "tested": required | SearchPoint.VISITS,
        "required": required,
    }
