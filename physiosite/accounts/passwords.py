from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id as OWASP's Password Storage Cheat Sheet asks at least: 19 MiB, two passes, one lane.

    Django's own 100 MiB would let eight sign-ins at once take the memory of a small machine.
    """

    memory_cost = 19_456
    time_cost = 2
    parallelism = 1
