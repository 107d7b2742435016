"""Redis as Django's cache, without which the site goes on: slower, with what each process remembers alone."""

import logging
from collections.abc import Callable
from time import monotonic
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)
# Of one attempt. Redis answers in less than a millisecond, or is in trouble.
TIMEOUT_SECONDS = 0.25
# After a failure nobody asks it again for so long.
PAUSE_SECONDS = 3.0
# Until when, in this process, by address: Django makes a cache for each thread.
_paused_until: dict[str, float] = {}


def _or_alone(name: str) -> Callable[..., Any]:
    """The method of Redis's cache, and while Redis is away that of this process's own memory."""

    def method(self: "RedisOrAlone", *args: Any, **kwargs: Any) -> Any:
        if monotonic() < _paused_until.get(self.address, 0.0):
            return getattr(self.alone, name)(*args, **kwargs)
        try:
            return getattr(RedisCache, name)(self, *args, **kwargs)
        except (RedisError, OSError) as error:
            _paused_until[self.address] = monotonic() + PAUSE_SECONDS
            # Its words could have an address with a password in it.
            logger.error("Redis does not answer (%s): going on without it.", type(error).__name__)
            return getattr(self.alone, name)(*args, **kwargs)

    return method


class RedisOrAlone(RedisCache):
    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        # One more attempt at once, for a connection that was open when Redis was started anew.
        options = {
            "socket_timeout": TIMEOUT_SECONDS,
            "socket_connect_timeout": TIMEOUT_SECONDS,
            "retry": Retry(NoBackoff(), 1),
            **params.get("OPTIONS", {}),
        }
        super().__init__(server, params | {"OPTIONS": options})
        self.address = str(server)
        self.alone = LocMemCache(f"without {server}", {})

    add = _or_alone("add")
    get = _or_alone("get")
    set = _or_alone("set")
    touch = _or_alone("touch")
    delete = _or_alone("delete")
    get_many = _or_alone("get_many")
    has_key = _or_alone("has_key")
    incr = _or_alone("incr")
    set_many = _or_alone("set_many")
    delete_many = _or_alone("delete_many")
    clear = _or_alone("clear")
