from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.enums import Chore, ItemState, Work
from compliance.models.requests import PrivacyRequest
from compliance.querysets import ArchiveQuerySet, ItemQuerySet


class WrappedKey(models.Model):
    """The key of one sealed object, wrapped by another. Deleting the row destroys it."""

    object_id = models.CharField(max_length=200, unique=True)
    kek_id = models.CharField(_("wrapped by"), max_length=40)
    wrapped = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("wrapped key")
        verbose_name_plural = _("wrapped keys")

    def __str__(self) -> str:
        return self.object_id


class RequestItem(models.Model):
    """One bounded piece of work of a request; the queue only says "look at this one".

    A worker owns it while its `token` stands and its lease runs; who finds another token changes
    nothing. `seats` holds our seat ids; product keys are looked up when the work is done.
    """

    request = models.ForeignKey(PrivacyRequest, models.PROTECT, related_name="items")
    work = models.CharField(_("work"), max_length=10, choices=Work.choices)
    stage = models.PositiveSmallIntegerField(_("stage"))
    category = models.SlugField(_("category"), max_length=60, blank=True)
    resource = models.CharField(_("resource"), max_length=80, blank=True)
    part = models.PositiveIntegerField(_("part"), default=1)
    reach = models.CharField(max_length=10, blank=True)
    seats = models.JSONField(default=list, blank=True)
    low = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001 no key is not ""
    high = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001 no key is not ""

    state = models.CharField(
        _("state"), max_length=10, choices=ItemState.choices, default=ItemState.PENDING
    )
    token = models.UUIDField(null=True, blank=True)
    holder = models.CharField(_("worker"), max_length=120, blank=True)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    enqueued_at = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(_("not before"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.CharField(_("error"), max_length=120, blank=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    found = models.PositiveBigIntegerField(_("found"), null=True, blank=True)
    exported = models.PositiveBigIntegerField(_("exported"), default=0)
    erased = models.PositiveBigIntegerField(_("erased"), default=0)
    anonymised = models.PositiveBigIntegerField(_("anonymised"), default=0)
    retained = models.JSONField(_("kept"), default=dict, blank=True)
    retained_until = models.JSONField(_("kept until"), default=dict, blank=True)
    remaining = models.PositiveBigIntegerField(_("remaining"), null=True, blank=True)
    later = models.PositiveBigIntegerField(_("written later"), default=0)
    recounted_at = models.DateTimeField(_("counted again"), null=True, blank=True)

    object_name = models.CharField(max_length=200, blank=True)
    members = models.JSONField(default=list, blank=True)
    key = models.OneToOneField(WrappedKey, models.SET_NULL, null=True, blank=True)

    objects = ItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("request item")
        verbose_name_plural = _("request items")
        ordering: ClassVar[list[str]] = ["request", "stage", "resource", "part"]
        indexes = [
            models.Index(fields=["request", "stage", "state"], name="item_stage"),
            models.Index(
                fields=["lease_until"],
                condition=models.Q(state__in=("pending", "running")),
                name="item_unfinished",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "work", "resource", "part"], name="one_item_a_part"
            ),
            models.CheckConstraint(
                # A comparison with NULL would pass: what was never counted is not done.
                condition=~models.Q(state="done", work="erase")
                | models.Q(remaining=0, remaining__isnull=False),
                name="erasure_is_done_when_nothing_remains",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.resource or self.work} {self.part}"

    @property
    def handled(self) -> int:
        """Rows and files dealt with so far."""
        return self.exported + self.erased + self.anonymised


class Archive(models.Model):
    """A finished copy: sealed until it expires, then unreadable for ever."""

    request = models.ForeignKey(PrivacyRequest, models.PROTECT, related_name="archives")
    object_name = models.CharField(max_length=200)
    key = models.OneToOneField(WrappedKey, models.SET_NULL, null=True, blank=True)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    sha256 = models.CharField("SHA-256", max_length=64)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))
    opened = models.PositiveIntegerField(_("times opened"), default=0)
    downloads = models.PositiveSmallIntegerField(_("downloads by the requester"), default=0)
    destroyed_at = models.DateTimeField(_("destroyed"), null=True, blank=True)
    destroyed_because = models.CharField(_("because"), max_length=40, blank=True)

    objects = ArchiveQuerySet.as_manager()

    class Meta:
        verbose_name = _("archive")
        verbose_name_plural = _("archives")
        permissions = [("open_archive", "Can open an archive")]
        constraints = [
            models.UniqueConstraint(
                fields=["request"],
                condition=models.Q(destroyed_at=None),
                name="one_live_archive_a_request",
            ),
            models.CheckConstraint(
                condition=models.Q(destroyed_at=None) | models.Q(key=None),
                name="destroyed_archive_has_no_key",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id}.zip"


class Heartbeat(models.Model):
    """When a group of workers last did something through the queue: proof of life, not of hope."""

    name = models.CharField(_("workers"), max_length=120, unique=True)
    started_at = models.DateTimeField(_("started"))
    at = models.DateTimeField(_("last sign of life"))
    workers = models.PositiveSmallIntegerField(_("processes"))

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return self.name


class Round(models.Model):
    """When one of the supervisor's chores was last done, by whichever host.

    For people to see: what is due when stands in the rows that the chores look at.
    """

    chore = models.CharField(_("chore"), max_length=10, choices=Chore.choices, unique=True)
    every = models.PositiveIntegerField(_("seconds between two"))
    done_at = models.DateTimeField(_("last done"), null=True, blank=True)
    failed_at = models.DateTimeField(_("last failed"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("round")
        verbose_name_plural = _("rounds")
        ordering: ClassVar[list[str]] = ["every", "pk"]

    def __str__(self) -> str:
        return self.chore
