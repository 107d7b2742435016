from math import asin, cos, radians, sin, sqrt

# Mean radius of the Earth, 6,371.0088 km (IUGG), in statute miles of 1.609344 km.
EARTH_RADIUS_MILES = 6371.0088 / 1.609344
MILES_PER_DEGREE_LATITUDE = radians(1) * EARTH_RADIUS_MILES


def haversine(latitude_a: float, longitude_a: float, latitude_b: float, longitude_b: float) -> float:
    """sin²(c / 2) of the angle c between two points given in degrees: it grows with the distance."""
    half_latitude = radians(latitude_b - latitude_a) / 2
    half_longitude = radians(longitude_b - longitude_a) / 2
    return sin(half_latitude) ** 2 + (
        cos(radians(latitude_a)) * cos(radians(latitude_b)) * sin(half_longitude) ** 2
    )


def great_circle_miles(latitude_a: float, longitude_a: float, latitude_b: float, longitude_b: float) -> float:
    """Statute miles along the great circle between two points given in degrees."""
    value = haversine(latitude_a, longitude_a, latitude_b, longitude_b)
    return 2 * EARTH_RADIUS_MILES * asin(sqrt(min(1.0, value)))
