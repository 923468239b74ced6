from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from compliance.admin import audit
from compliance.models import DataCategory
from seats.admin.base import AuditedAdmin


@admin.register(DataCategory)
class DataCategoryAdmin(AuditedAdmin):
    """The register of what is kept (Art. 30). Its slugs are the data map's: none is added here."""

    of_no_customer = True
    list_display = ("name", "export", "deletable", "role", "retention")
    list_filter = ("export", "deletable", "role")
    fieldsets = (
        (None, {"fields": ("slug", "name", "description", "position")}),
        (None, {"fields": ("export", "deletable", "role")}),
        (None, {"fields": ("purpose", "source", "recipients", "retention")}),
    )
    readonly_fields = ("slug",)

    def get_urls(self) -> list[Any]:
        return [*audit.records_urls(self), *super().get_urls()]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
