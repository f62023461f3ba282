"""Who may call what: every route of the portal, by role. An unlisted route fails the census.

The object in the address (claim, evidence, certificate) is always 陈晓's of 护理学院. Signs:
  ok   let in: 200, 303, or a refusal that only somebody let in can meet (409, 422)
  own  acts on the caller's own things alone, so never on hers: ok, or 404 / 409 for having none
  L    sent to the login page (302; for a fragment 401 with HX-Redirect)
  401, 403, 404 as they stand
"""

from __future__ import annotations

ROLES = ("anon", "owner", "peer", "admin", "other-admin", "hr", "audit", "disabled")

# role: (name, hat); anon has none, disabled was signed in when HR disabled her
WHO = {
    "owner": ("陈晓", "person"),
    "peer": ("刘洋", "person"),
    "admin": ("李静", "unit"),
    "other-admin": ("赵磊", "unit"),
    "hr": ("周敏", "hr"),
    "audit": ("吴审", "audit"),
    "disabled": ("陈晓", "person"),
}

ANYBODY = "ok ok ok ok ok ok ok ok"
SIGNED_IN = "L ok ok ok ok ok ok L"
OWN_PAGES = "L ok own own own own 403 L"
OWN_CLAIM = "L ok 404 404 404 404 403 L"
OWN_SESSION = "L own 404 404 404 404 404 L"
OWN_FILE = "L ok 404 403 404 403 403 L"  # a reviewer sees that it exists, so says 403
EVIDENCE = "L ok 404 ok 404 ok 404 L"
REVIEW = "L 403 403 ok ok ok 403 L"
REVIEW_ONE = "L 403 403 ok 404 ok 403 L"
OWN_REQUEST = "L ok 404 404 404 404 404 L"
HR_ONLY = "L 403 403 403 403 ok 403 L"
UNIT_OR_HR = "L 403 403 ok 404 ok 403 L"
UNIT_ONE = "L 403 403 ok 404 403 403 L"
UNIT_ONLY = "L 403 403 ok ok 403 403 L"
OWN_ABSENCE = "L 403 403 ok 404 403 403 L"
OBLIGATION_FILE = "L ok 404 404 404 ok ok L"
OWN_JOB = "L ok 404 404 404 ok 404 L"
OWN_MESSAGE = "L ok 404 404 404 404 404 L"
NO_RESULT = "L 404 404 404 404 404 404 L"  # her job has left no file
MACHINE = "401 401 401 401 401 401 401 401"  # for programs with a token; no session opens it
AUDIT = "L 403 403 403 403 ok ok L"

# (endpoint, method): what each role gets
MATRIX: dict[tuple[str, str], str] = {
    ("static", "GET"): ANYBODY,
    ("health.healthz", "GET"): ANYBODY,
    ("health.readyz", "GET"): ANYBODY,
    ("auth.login", "GET"): ANYBODY,
    ("auth.login", "POST"): ANYBODY,
    ("verify.entry", "GET"): ANYBODY,
    ("verify.certificate", "GET"): ANYBODY,
    ("verify.file", "POST"): ANYBODY,
    ("auth.root", "GET"): SIGNED_IN,
    ("auth.logout", "POST"): SIGNED_IN,
    ("auth.hat", "POST"): SIGNED_IN,
    ("auth.account", "GET"): SIGNED_IN,
    ("auth.password", "POST"): SIGNED_IN,
    ("auth.confirm", "POST"): SIGNED_IN,
    ("account_data.show", "GET"): SIGNED_IN,
    ("messages.inbox", "GET"): SIGNED_IN,
    ("messages.read_all", "POST"): SIGNED_IN,
    ("messages.follow", "POST"): OWN_MESSAGE,
    ("account_data.download", "GET"): SIGNED_IN,
    ("auth.code", "GET"): ANYBODY,
    ("auth.code", "POST"): ANYBODY,
    ("auth.dismiss_notice", "POST"): SIGNED_IN,
    ("auth.end_session", "POST"): OWN_SESSION,
    ("auth.end_other_sessions", "POST"): SIGNED_IN,
    ("staff.standing", "GET"): OWN_PAGES,
    ("staff.rules", "GET"): OWN_PAGES,
    ("staff.claims", "GET"): OWN_PAGES,
    ("staff.claims_create", "POST"): OWN_PAGES,
    ("staff.claims_new", "GET"): OWN_PAGES,
    ("staff.claims_preview", "GET"): OWN_PAGES,
    ("staff.claims_show", "GET"): OWN_CLAIM,
    ("staff.claims_edit", "GET"): OWN_CLAIM,
    ("staff.claims_edit", "POST"): OWN_CLAIM,
    ("staff.claims_submit", "POST"): OWN_CLAIM,
    ("staff.claims_withdraw", "POST"): OWN_CLAIM,
    ("staff.claims_delete", "POST"): OWN_CLAIM,
    ("staff.evidence", "GET"): EVIDENCE,
    ("staff.evidence_preview", "GET"): EVIDENCE,
    ("staff.evidence_delete", "POST"): OWN_FILE,
    ("staff.certificates", "GET"): OWN_PAGES,
    ("staff.issue_certificate", "POST"): OWN_PAGES,
    ("staff.certificate", "GET"): OWN_PAGES,
    ("staff.certificate_pdf", "GET"): OWN_PAGES,
    ("admin.claims", "GET"): REVIEW,
    ("admin.claim", "GET"): REVIEW_ONE,
    ("admin.decide", "POST"): REVIEW_ONE,
    ("admin.undo", "POST"): REVIEW_ONE,
    ("admin.decide_many", "POST"): REVIEW,
    ("admin.standing", "GET"): REVIEW,
    ("admin.standing_remind", "POST"): REVIEW,
    ("admin.filing_new", "GET"): UNIT_ONE,
    ("admin.filing_preview", "GET"): UNIT_ONE,
    ("admin.filing_create", "POST"): UNIT_ONE,
    ("admin.group_new", "GET"): UNIT_ONLY,
    ("admin.group_preview", "POST"): UNIT_ONLY,
    ("admin.group_create", "POST"): UNIT_ONLY,
    ("admin.group_show", "GET"): REVIEW_ONE,
    ("admin.person", "GET"): REVIEW_ONE,
    ("admin.issue_code", "POST"): REVIEW_ONE,
    ("hr.people", "GET"): HR_ONLY,
    ("hr.disable_person", "POST"): HR_ONLY,
    ("hr.enable_person", "POST"): HR_ONLY,
    ("hr.imports", "GET"): HR_ONLY,
    ("hr.imports_upload", "POST"): HR_ONLY,
    ("hr.imports_show", "GET"): HR_ONLY,
    ("hr.imports_commit", "POST"): HR_ONLY,
    ("hr.imports_undo", "POST"): HR_ONLY,
    ("hr.course_imports", "GET"): HR_ONLY,
    ("hr.course_imports_upload", "POST"): HR_ONLY,
    ("hr.course_imports_template", "GET"): HR_ONLY,
    ("hr.course_imports_show", "GET"): HR_ONLY,
    ("hr.course_imports_progress", "GET"): HR_ONLY,
    ("hr.course_imports_faults", "GET"): HR_ONLY,
    ("hr.course_imports_commit", "POST"): HR_ONLY,
    ("hr.course_imports_resume", "POST"): HR_ONLY,
    ("hr.course_imports_undo", "POST"): HR_ONLY,
    ("register.form", "GET"): ANYBODY,
    ("register.send", "POST"): ANYBODY,
    ("register.progress", "GET"): ANYBODY,
    ("register.withdraw", "POST"): ANYBODY,
    ("record.show", "GET"): SIGNED_IN,
    ("record.ask", "POST"): SIGNED_IN,
    ("record.withdraw", "POST"): OWN_REQUEST,
    ("admin.people", "GET"): REVIEW,
    ("admin.people_request", "GET"): REVIEW_ONE,
    ("admin.people_decide", "POST"): REVIEW_ONE,
    ("hr.home", "GET"): HR_ONLY,
    ("hr.policy", "GET"): HR_ONLY,
    ("hr.policy_reading", "POST"): HR_ONLY,
    ("hr.policy_compare", "GET"): HR_ONLY,
    ("hr.policy_compare_start", "POST"): HR_ONLY,
    ("hr.policy_compare_show", "GET"): "L 403 403 403 403 404 403 L",  # her job is no trial
    ("hr.certificates", "GET"): HR_ONLY,
    ("hr.revoke_certificate", "POST"): HR_ONLY,
    ("hr.certificate_batches", "GET"): HR_ONLY,
    ("hr.certificate_batches_start", "POST"): HR_ONLY,
    ("hr.revoke_claim", "POST"): HR_ONLY,
    ("hr.revoke_claim_effect", "GET"): HR_ONLY,
    ("hr.lower_claim", "POST"): HR_ONLY,
    ("hr.revocations", "GET"): HR_ONLY,
    ("jobs.show", "GET"): OWN_JOB,
    ("jobs.cancel", "POST"): OWN_JOB,
    ("jobs.result", "GET"): NO_RESULT,
    ("jobs.everybody", "GET"): HR_ONLY,
    ("hr.revocations_effect", "POST"): HR_ONLY,
    ("hr.revocations_revoke", "POST"): HR_ONLY,
    ("hr.revocations_show", "GET"): HR_ONLY,
    ("hr.revocations_decide", "POST"): HR_ONLY,
    ("hr.audit_export", "POST"): AUDIT,
    ("hr.seal", "POST"): HR_ONLY,
    ("hr.units", "GET"): HR_ONLY,
    ("hr.units_add", "POST"): HR_ONLY,
    ("hr.units_deadline", "POST"): HR_ONLY,
    ("hr.units_annexes", "GET"): HR_ONLY,
    ("hr.units_show", "GET"): HR_ONLY,
    ("hr.units_annex", "GET"): UNIT_OR_HR,
    ("hr.units_rename", "POST"): HR_ONLY,
    ("hr.units_close", "POST"): HR_ONLY,
    ("hr.units_reopen", "POST"): HR_ONLY,
    ("hr.units_appoint", "POST"): HR_ONLY,
    ("hr.units_end", "POST"): HR_ONLY,
    ("hr.units_phone", "POST"): HR_ONLY,
    ("hr.units_paper", "POST"): HR_ONLY,
    ("hr.roles", "GET"): HR_ONLY,
    ("hr.roles_propose", "POST"): HR_ONLY,
    ("hr.roles_decide", "POST"): HR_ONLY,
    ("admin.absence", "GET"): UNIT_ONLY,
    ("admin.absence_mark", "POST"): UNIT_ONLY,
    ("admin.absence_end", "POST"): OWN_ABSENCE,
    ("hr.years", "GET"): HR_ONLY,
    ("hr.years_show", "GET"): HR_ONLY,
    ("hr.years_set", "POST"): HR_ONLY,
    ("hr.years_reopen", "POST"): HR_ONLY,
    ("hr.years_end_reopening", "POST"): HR_ONLY,
    ("hr.obligations", "GET"): HR_ONLY,
    ("hr.obligations_show", "GET"): HR_ONLY,
    ("hr.obligations_set", "POST"): HR_ONLY,
    ("hr.obligations_end", "POST"): HR_ONLY,
    ("hr.obligations_file", "GET"): OBLIGATION_FILE,
    ("hr.exports", "GET"): HR_ONLY,
    ("hr.exports_hand_out", "POST"): HR_ONLY,
    ("admin.exports", "GET"): UNIT_ONLY,
    ("admin.exports_hand_out", "POST"): UNIT_ONLY,
    ("hr.audit", "GET"): AUDIT,
    ("hr.tokens", "GET"): HR_ONLY,
    ("hr.tokens_create", "POST"): HR_ONLY,
    ("hr.tokens_revoke", "POST"): HR_ONLY,
    ("api.openapi", "GET"): ANYBODY,
    ("api.docs", "GET"): ANYBODY,
    ("api.course_records", "POST"): MACHINE,
    ("api.standings", "GET"): MACHINE,
}

# what a form needs so that the deed itself, not its wording, is put to the test
FORMS: dict[str, dict[str, str]] = {
    "hr.years_set": {
        "open_until": "2025-12-31",
        "grace_until": "2026-12-31",
        "review_until": "2027-03-31",
        "reason": "通知各单位",
    },
    "hr.years_reopen": {
        "username": "20120001",
        "files_until": "2027-01-31",
        "review_until": "2027-02-28",
        "reason": "住院",
    },
    "hr.obligations_set": {
        "year": "2025",
        "kind": "leave",
        "public": "15",
        "professional": "30",
        "reason": "病假半年",
    },
    "hr.obligations_end": {"year": "2025", "reason": "已返岗"},
    "hr.units_add": {"name": "药学院", "code": "YXY"},
    "hr.units_rename": {"name": "护理与健康学院"},
    "hr.units_appoint": {"username": "20120001", "desk_phone": "0536-8462001", "since": "2025-12-01"},
    "hr.units_paper": {"action": "receive", "received_on": "2025-11-27"},
    "hr.units_deadline": {"due_on": "2025-12-05"},
    "hr.roles_propose": {"username": "20190007", "role": "auditor", "change": "give"},
    "hr.roles_decide": {"action": "confirm"},
    "admin.absence_mark": {"first_day": "2025-12-02", "last_day": "2025-12-03"},
    "hr.tokens_create": {"name": "学习平台", "write": "y", "expires_on": "2026-01-31"},
    "auth.login": {"username": "nobody", "password": "wrong", "hat": "person"},
    "auth.hat": {"hat": "person"},
    "admin.decide_many": {"action": "return", "reason": "材料不完备", "all": "1"},
    "admin.decide": {"action": "return", "reason": "材料不完备", "version": "1"},
    "admin.people_decide": {"action": "return", "reason": "信息不符", "version": "1"},
    "hr.disable_person": {"reason": "账号异常"},
    "hr.revoke_claim": {"reason": "经查实材料虚假"},
    "hr.lower_claim": {"hours": "8", "reason": "核定有误"},
    "hr.revocations_revoke": {"reason": "经查实材料虚假"},
    "hr.revocations_decide": {"action": "confirm"},
    "hr.revoke_certificate": {"reason": "打印有误"},
    "hr.exports_hand_out": {"what": "units", "year": "2025", "form": "csv"},
    "admin.exports_hand_out": {"what": "claims", "year": "2025", "span": "1", "form": "csv"},
    "hr.certificate_batches_start": {"year": "2025", "unit": "", "form": "zip"},
}
