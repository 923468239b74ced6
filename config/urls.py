from __future__ import annotations

from django.contrib import admin
from django.urls import path

from compliance.views import (
    asking,
    cases,
    choosing,
    deciding,
    documents,
    downloads,
    entrance,
    history,
    home,
    how,
    legal,
    members,
    notices,
    operations,
    received,
    trust,
    unsubscribing,
    verifying,
    writing,
)
from config.api import api

urlpatterns = [
    path("", home.home, name="home"),
    path("privacy/", members.home, name="privacy"),
    path("privacy/sign-in/", entrance.sign_in, name="sign_in"),
    path("privacy/sign-in/code/", entrance.sign_in_code, name="sign_in_code"),
    path("privacy/enter/<str:token>", entrance.enter, name="enter"),
    path("privacy/sign-out/", entrance.sign_out, name="sign_out"),
    path("privacy/stay/", entrance.stay, name="stay"),
    path("privacy/switch/", entrance.switch, name="switch"),
    path("privacy/choices/", choosing.choices, name="choices"),
    path("privacy/verify/<str:token>", verifying.verify_address, name="verify_address"),
    # Without a slash, as the mail programs post here, and may not be sent on (RFC 8058).
    path("p/<str:token>", choosing.choices_by_link, name="choices_by_link"),
    path("u/<str:token>", unsubscribing.unsubscribe, name="unsubscribe"),
    path("privacy/notices/", notices.waiting, name="notices"),
    path("privacy/notices/<int:pk>/", notices.notice, name="notice"),
    path("privacy/history/", history.history, name="history"),
    path("privacy/history/<int:pk>/", history.record, name="record"),
    path(
        "privacy/history/<int:pk>/receipt.<str:form>",
        history.confirmation_receipt,
        name="confirmation_receipt",
    ),
    path(
        "privacy/history/choices/receipt.<str:form>",
        history.choices_receipt,
        name="choices_receipt",
    ),
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
    path("privacy/how/", how.how, name="how"),
    path("trust/", trust.trust, name="trust"),
    path("trust/sub-processors/", trust.sub_processors, name="sub_processors"),
    path("trust/certifications/<int:pk>/certificate.pdf", trust.certificate, name="certificate"),
    path("legal/", legal.legal, name="legal"),
    path("legal/<slug:slug>/", legal.legal_document, name="legal_document"),
    path("legal/<slug:slug>/<int:number>/", legal.legal_version, name="legal_version"),
    path("legal/<slug:slug>/<int:number>/changes/", legal.legal_changes, name="legal_changes"),
    path("legal/<slug:slug>/<int:number>/<slug:language>.txt", legal.legal_text, name="legal_text"),
    path("api/v1/", api.urls),
    path("metrics", operations.metrics, name="metrics"),
    path("admin/", admin.site.urls),
]

handler400 = "compliance.views.errors.bad_request"
handler403 = "compliance.views.errors.permission_denied"
handler404 = "compliance.views.errors.not_found"
handler500 = "compliance.views.errors.server_error"
