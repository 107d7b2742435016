"""What is logged of accounts: who signed in, who could not, and who was given which rights.

A name that nobody has is not logged: people type their password there.
"""

import logging
from collections.abc import Iterable
from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth.models import Group, User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save
from django.dispatch import receiver
from django.http import HttpRequest
from simple_history.models import HistoricalRecords

from directory.visitors import address_of

log = logging.getLogger("physiosite.accounts")
FLAGS = ("is_active", "is_staff", "is_superuser", "username")


@receiver(user_logged_in)
def signed_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    log.info("%s signed in from %s", user, _address(request))


@receiver(user_logged_out)
def signed_out(request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user:
        log.info("%s signed out", user)


@receiver(user_login_failed)
def sign_in_failed(credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any) -> None:
    # The line of ``locked_out`` says it then.
    if not getattr(request, "axes_locked_out", False):
        who, wrong = _who(credentials.get("username")), kwargs.get("wrong", "password")
        log.warning("sign-in of %s failed from %s: %s", who, _address(request), wrong)


@receiver(user_locked_out)
def locked_out(request: HttpRequest, username: str | None, **kwargs: Any) -> None:
    log.warning("sign-in of %s is locked out from %s", _who(username), _address(request))


@receiver(pre_save, sender=User)
def note_flags(instance: User, update_fields: Iterable[str] | None, **kwargs: Any) -> None:
    """What they were, for ``user_saved``."""
    if update_fields is None or set(update_fields) & set(FLAGS):
        before = User.objects.filter(pk=instance.pk).values(*FLAGS).first()
        vars(instance)["flags_before"] = before or {}


@receiver(post_save, sender=User)
def user_saved(instance: User, created: bool, **kwargs: Any) -> None:
    if created:
        log.warning("%s was made by %s", instance, _by())
    # Set while a new password is being saved, and not when the same one is only hashed anew.
    elif getattr(instance, "_password", None) is not None:
        log.warning("password of %s changed by %s", instance, _by())
    for flag, was in vars(instance).pop("flags_before", {}).items():
        if was != getattr(instance, flag):
            log.warning("%s of %s changed to %s by %s", flag, instance, getattr(instance, flag), _by())
    if created and instance.is_superuser:
        log.warning("is_superuser of %s changed to True by %s", instance, _by())


@receiver(post_delete, sender=User)
@receiver(post_delete, sender=Group)
def deleted(instance: Model, **kwargs: Any) -> None:
    log.warning("%s %s was deleted by %s", instance._meta.verbose_name, instance, _by())


@receiver(m2m_changed, sender=User.groups.through)
@receiver(m2m_changed, sender=User.user_permissions.through)
@receiver(m2m_changed, sender=Group.permissions.through)
def rights_changed(
    instance: Model, action: str, model: type[Model], pk_set: set[int] | None, **kwargs: Any
) -> None:
    done = {"post_add": "was given", "post_remove": "lost", "pre_clear": "lost all of"}.get(action)
    if not done:
        return
    which = model._default_manager.filter(pk__in=pk_set) if pk_set else []
    names = ", ".join(sorted(str(each) for each in which))
    kind = model._meta.verbose_name_plural
    log.warning("%s %s %s %s: %s by %s", instance._meta.verbose_name, instance, done, kind, names, _by())


def second_factor_changed(user: User, what: str) -> None:
    log.warning("second factor of %s %s by %s", user, what, _by())


def _address(request: HttpRequest | None) -> str:
    return address_of(request) if request else "this machine"


def _who(username: str | None) -> str:
    return username if User.objects.filter(username=username).exists() and username else "an unknown name"


def _by() -> str:
    """Histories are told the request that is being answered; no request is the command line."""
    request = getattr(HistoricalRecords.context, "request", None)
    return str(request.user) if request else "the command line"
