from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _


class BackOfficeSite(admin.AdminSite):
    """The desk: Django's own admin under our name."""

    site_header = "Rightsdesk"
    site_title = "Rightsdesk"
    index_title = _("Today")
    enable_nav_sidebar = True
