from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from places.coast import COAST, CoastError, read_coast, write_coast
from places.ground import GROUND, write_ground
from places.pack import PACK, PackError, read_pack
from places.pack_ground import ENOUGH, built_up, land_rings, read_topology
from places.towns import TOWNS_FILE, read_towns


class Command(BaseCommand):
    help = (
        "Make what the maps are drawn from, in places/data: the built-up ground, from the packed postcodes "
        "and the towns, and the coast, if Natural Earth's land is given (land-10m.json of the npm package "
        "world-atlas)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("land", nargs="?", type=Path, help="land-10m.json")

    def handle(self, land: Path | None, verbosity: int, **options: Any) -> None:
        if land:
            try:
                rings = land_rings(read_topology(land))
            except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
                raise CommandError(
                    f"{land.name} is not a TopoJSON of land that we can read: {error}."
                ) from error
            size = write_coast(rings, COAST, {"from": "Natural Earth 1:10m land, public domain"})
            points = sum(map(len, rings))
            self.stdout.write(f"{len(rings):,} pieces of land with {points:,} points in {size:,} bytes.")
        try:
            outlines = [ring.points for ring in read_coast(COAST)]
            ground = built_up(read_pack(PACK), read_towns(TOWNS_FILE), outlines)
        except (PackError, CoastError) as error:
            raise CommandError(str(error)) from error
        size = write_ground(ground, GROUND, {"enough postcodes": ", ".join(map(str, ENOUGH))})
        built, dry = (sum(row.bit_count() for row in grid) for grid in (ground.levels[0], ground.dry))
        self.stdout.write(f"{built:,} built-up cells and {dry:,} dry ones in {size:,} bytes.")
