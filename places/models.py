from django.db import models


class Postcode(models.Model):
    """A postcode of Great Britain, packed small: 1.7 million rows of three integers.

    ``key`` is the code without its space, read in base 36 (see ``places.postcodes``).
    Positions are WGS 84 degrees times 10,000, which is about 10 metres.
    """

    key = models.BigAutoField(primary_key=True)
    latitude_e4 = models.IntegerField()
    longitude_e4 = models.IntegerField()

    class Meta:
        verbose_name = "postcode"

    def __str__(self) -> str:
        from places.postcodes import text_of_key

        return text_of_key(self.key)


class PartialPostcode(models.Model):
    """An outward code ("LS1") or a sector ("LS1 4"): the middle of its postcodes, and how many."""

    code = models.CharField(max_length=6, primary_key=True)
    is_outward = models.BooleanField()
    latitude = models.FloatField()
    longitude = models.FloatField()
    postcodes = models.IntegerField()

    class Meta:
        verbose_name = "outward code or sector"
        verbose_name_plural = "outward codes and sectors"

    def __str__(self) -> str:
        return self.code
