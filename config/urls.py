from __future__ import annotations

from django.contrib import admin
from django.urls import path

from compliance.views import (
    asking,
    cases,
    deciding,
    documents,
    downloads,
    entrance,
    home,
    members,
    received,
    writing,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("privacy/", members.home, name="privacy"),
    path("privacy/sign-in/", entrance.sign_in, name="sign_in"),
    path("privacy/sign-in/code/", entrance.sign_in_code, name="sign_in_code"),
    path("privacy/enter/<str:token>", entrance.enter, name="enter"),
    path("privacy/sign-out/", entrance.sign_out, name="sign_out"),
    path("privacy/stay/", entrance.stay, name="stay"),
    path("privacy/switch/", entrance.switch, name="switch"),
    path("privacy/ask/", asking.what, name="ask"),
    path("privacy/ask/about/", asking.about, name="ask_about"),
    path("privacy/ask/included/", asking.included, name="ask_included"),
    path("privacy/ask/check/", asking.check, name="ask_check"),
    path("privacy/requests/", members.requests, name="my_requests"),
    path("privacy/organisation/", members.organisation, name="organisation"),
    path("privacy/decide/<slug:reference>/", deciding.decide, name="decide"),
    path("r/<slug:public_id>/write/", writing.write, name="write"),
    path("r/<slug:public_id>/waive/", writing.waive, name="waive"),
    path("r/<slug:public_id>/received/", received.received, name="received"),
    path("r/<slug:public_id>/download/", downloads.download, name="download"),
    path("r/<slug:public_id>/download/code/", downloads.prove, name="prove"),
    path("r/<slug:public_id>/download/again/", downloads.again, name="new_copy"),
    path("r/<slug:public_id>/download/<str:token>/<str:name>", downloads.fetch, name="fetch"),
    path("r/<slug:public_id>/", cases.status, name="status"),
    path("r/<slug:public_id>/cancel/", cases.cancel, name="cancel"),
    path("r/<slug:public_id>/<slug:number>.pdf", cases.receipt, name="receipt"),
    path("v/", documents.check, name="check"),
    path("v/<str:code>", documents.verify, name="verify"),
    path("v/<str:code>/", documents.verify),
    path(".well-known/rightsdesk-keys.json", home.keys, name="keys"),
    path("admin/", admin.site.urls),
]

handler400 = "compliance.views.errors.bad_request"
handler403 = "compliance.views.errors.permission_denied"
handler404 = "compliance.views.errors.not_found"
handler500 = "compliance.views.errors.server_error"
