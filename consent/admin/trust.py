from __future__ import annotations

from django.contrib import admin

from consent.models import Agreement, Certification, SubProcessor
from seats.admin.base import ReadOnlyAdmin


@admin.register(Certification)
class CertificationAdmin(ReadOnlyAdmin):
    list_display = ("name", "issuer", "valid_from", "valid_until", "is_public")
    ordering = ("position", "name", "pk")


@admin.register(SubProcessor)
class SubProcessorAdmin(ReadOnlyAdmin):
    list_display = ("name", "service", "place", "since", "until")
    ordering = ("name", "pk")


@admin.register(Agreement)
class AgreementAdmin(ReadOnlyAdmin):
    list_display = ("contract", "version", "asked_at", "signed_on")
    list_select_related = ("contract", "version")
    ordering = ("contract", "-pk")
