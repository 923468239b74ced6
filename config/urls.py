from __future__ import annotations

from django.contrib import admin
from django.urls import path

from compliance.views import cases, documents, home
from config.api import api

urlpatterns = [
    path("", home.home, name="home"),
    path("r/<slug:public_id>/", cases.status, name="status"),
    path("r/<slug:public_id>/cancel/", cases.cancel, name="cancel"),
    path("r/<slug:public_id>/<slug:number>.pdf", cases.receipt, name="receipt"),
    path("v/", documents.check, name="check"),
    path("v/<str:code>", documents.verify, name="verify"),
    path("v/<str:code>/", documents.verify),
    path(".well-known/rightsdesk-keys.json", home.keys, name="keys"),
    path("api/v1/", api.urls),
    path("admin/", admin.site.urls),
]

handler400 = "compliance.views.errors.bad_request"
handler403 = "compliance.views.errors.permission_denied"
handler404 = "compliance.views.errors.not_found"
handler500 = "compliance.views.errors.server_error"
