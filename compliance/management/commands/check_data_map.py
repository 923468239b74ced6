"""Proves the data map against the product's live database and storages, and the registry."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError

from compliance.management.base import DeskCommand
from compliance.models import DataCategory
from compliance.sources.base import data_map
from compliance.sources.checking import check_database
from compliance.sources.product import product_snapshot


class Command(DeskCommand):
    help = "Prove the data map against the product's live database: 0 when all of it holds, else 1."

    def handle(self, *args: Any, **options: Any) -> None:
        self.wrong = 0
        super().handle(*args, **options)
        if self.wrong:
            things = "thing is" if self.wrong == 1 else "things are"
            raise CommandError(f"{self.wrong} {things} wrong in the data map.")

    def answer(self, **options: Any) -> dict[str, Any]:
        try:
            declared = data_map()
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        known = set(DataCategory.objects.values_list("slug", flat=True))
        unknown = [
            f"{source.name} is of the category “{source.category}”, which the registry does not "
            "have: no request would reach it."
            for source in declared.sources
            if source.category not in known
        ]
        with product_snapshot():
            whole = check_database() + declared.check() + unknown
            sources = [
                {
                    "name": source.name,
                    "category": source.category,
                    "shape": source.shape,
                    "wrong": source.check(),
                }
                for source in declared.sources
            ]
        self.wrong = len(whole) + sum(len(source["wrong"]) for source in sources)
        return {"ok": not self.wrong, "wrong": whole, "sources": sources}

    def say(self, answer: dict[str, Any]) -> None:
        for sentence in answer["wrong"]:
            self.stdout.write(self.style.ERROR(f"wrong  {sentence}"))
        for source in answer["sources"]:
            place = f"{source['name']} ({source['category']}, {source['shape']})"
            if not source["wrong"]:
                self.stdout.write(f"ok     {place}")
            for sentence in source["wrong"]:
                self.stdout.write(self.style.ERROR(f"wrong  {place}: {sentence}"))
