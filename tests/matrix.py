"""Who may call what: every route of the portal, by role. An unlisted route fails the census.

The thing in the address (claim, evidence, certificate) is 陈晓's of 护理学院; under admin-self and hr-self it
is the caller's own. Signs:
  ok    let in: 200, 303, or a refusal that only somebody let in can meet (409, 422)
  own   acts on the caller's own things alone, so never on hers: ok, or 404 / 409 for having none
  L     sent to the login page (302; for a fragment 401 with HX-Redirect)
  seen  403 for something the caller may look at; a 403 as such says nothing of the thing
  401, 403, 404 as they stand
"""

from __future__ import annotations

ROLES = (
    *("anon", "owner", "peer", "admin", "other-admin", "admin-self", "hr", "hr-self", "audit", "disabled"),
)

# role: (name, hat); anon has none, disabled was signed in when HR disabled her
WHO = {
    "owner": ("陈晓", "person"),
    "peer": ("刘洋", "person"),
    "admin": ("李静", "unit"),
    "other-admin": ("赵磊", "unit"),
    "admin-self": ("李静", "unit"),
    "hr": ("周敏", "hr"),
    "hr-self": ("周敏", "hr"),
    "audit": ("吴审", "audit"),
    "disabled": ("陈晓", "person"),
}
# whose things stand in the addresses, where they are not 陈晓's
SET = {"admin-self": "李静", "hr-self": "周敏"}

ANYBODY = "ok ok ok ok ok ok ok ok ok ok"
SIGNED_IN = "L ok ok ok ok ok ok ok ok L"
OWN_PAGES = "L ok own own own ok own ok 403 L"
OWN_CLAIM = "L ok 404 404 404 ok 404 ok 403 L"
OWN_SESSION = "L own 404 404 404 own 404 own 404 L"
OWN_FILE = "L ok 404 seen 404 ok seen ok 403 L"
EVIDENCE = "L ok 404 ok 404 ok ok ok 404 L"
REVIEW = "L 403 403 ok ok ok ok ok 403 L"
REVIEW_ONE = "L 403 403 ok 404 ok ok ok 403 L"
DECIDE_ONE = "L 403 403 ok 404 seen ok seen 403 L"  # nobody decides what is their own
OWN_REQUEST = "L ok 404 404 404 ok 404 ok 404 L"
HR_ONLY = "L 403 403 403 403 403 ok ok 403 L"
HR_NOT_OWN = "L 403 403 403 403 403 ok seen 403 L"
HR_OF_ADMIN = "L 403 403 403 403 403 ok own 403 L"  # this officer is admin of no unit
UNDO = "L 403 403 ok 404 seen seen seen 403 L"  # the decision is the admin's
UNIT_OR_HR = "L 403 403 ok 404 ok ok ok 403 L"
UNIT_ONE = "L 403 403 ok 404 ok 403 403 403 L"
UNIT_ONLY = "L 403 403 ok ok ok 403 403 403 L"
OWN_ABSENCE = "L 403 403 ok 404 ok 403 403 403 L"
OBLIGATION_FILE = "L ok 404 404 404 ok ok ok ok L"
OWN_JOB = "L ok 404 404 404 ok ok ok 404 L"
OWN_MESSAGE = "L ok 404 404 404 ok 404 ok 404 L"
NOTICE = "L ok ok ok 404 ok 404 404 404 L"  # to her unit alone
MACHINE = "401 401 401 401 401 401 401 401 401 401"  # for programs with a token; no session opens it
AUDIT = "L 403 403 403 403 403 ok ok ok L"
NO_TRIAL = "L 403 403 403 403 403 404 404 403 L"  # the job in the address is no trial of a policy

# (endpoint, method): what each role gets
MATRIX: dict[tuple[str, str], str] = {
    ("static", "GET"): ANYBODY,
    ("health.healthz", "GET"): ANYBODY,
    ("health.readyz", "GET"): ANYBODY,
    ("health.metrics", "GET"): ANYBODY,  # without a token set: from this machine alone
    ("auth.login", "GET"): ANYBODY,
    ("auth.login", "POST"): ANYBODY,
    ("help.show", "GET"): ANYBODY,
    ("verify.entry", "GET"): ANYBODY,
    ("verify.certificate", "GET"): ANYBODY,
    ("verify.file", "POST"): ANYBODY,
    ("auth.root", "GET"): SIGNED_IN,
    ("auth.logout", "POST"): SIGNED_IN,
    ("auth.hat", "POST"): SIGNED_IN,
    ("auth.account", "GET"): SIGNED_IN,
    ("auth.password", "POST"): SIGNED_IN,
    ("auth.confirm", "POST"): SIGNED_IN,
    ("auth.address", "POST"): SIGNED_IN,
    ("account_data.show", "GET"): SIGNED_IN,
    ("messages.inbox", "GET"): SIGNED_IN,
    ("messages.read_all", "POST"): SIGNED_IN,
    ("messages.follow", "POST"): OWN_MESSAGE,
    ("account_data.download", "GET"): SIGNED_IN,
    ("auth.code", "GET"): ANYBODY,
    ("auth.code", "POST"): ANYBODY,
    ("auth.dismiss_notice", "POST"): SIGNED_IN,
    ("second_factor.login", "GET"): ANYBODY,
    ("second_factor.login", "POST"): ANYBODY,
    ("second_factor.hat", "GET"): SIGNED_IN,
    ("second_factor.hat", "POST"): SIGNED_IN,
    ("second_factor.show", "GET"): SIGNED_IN,
    ("second_factor.begin", "POST"): SIGNED_IN,
    ("second_factor.confirm", "POST"): SIGNED_IN,
    ("second_factor.remove", "POST"): SIGNED_IN,
    ("second_factor.reset", "POST"): HR_NOT_OWN,
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
    ("admin.decide", "POST"): DECIDE_ONE,
    ("admin.undo", "POST"): UNDO,
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
    ("admin.issue_code", "POST"): DECIDE_ONE,
    ("hr.people", "GET"): HR_ONLY,
    ("hr.disable_person", "POST"): HR_NOT_OWN,
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
    ("hr.course_imports_held", "POST"): HR_ONLY,
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
    ("admin.people_decide", "POST"): DECIDE_ONE,
    ("hr.home", "GET"): HR_ONLY,
    ("hr.home_years", "GET"): HR_ONLY,
    ("hr.home_pace", "GET"): HR_ONLY,
    ("hr.home_reviewers", "GET"): HR_ONLY,
    ("hr.policy", "GET"): HR_ONLY,
    ("hr.policy_reading", "POST"): HR_ONLY,
    ("hr.policy_compare", "GET"): HR_ONLY,
    ("hr.policy_compare_start", "POST"): HR_ONLY,
    ("hr.policy_compare_show", "GET"): NO_TRIAL,
    ("hr.certificates", "GET"): HR_ONLY,
    ("hr.revoke_certificate", "POST"): HR_NOT_OWN,
    ("hr.certificate_batches", "GET"): HR_ONLY,
    ("hr.certificate_batches_start", "POST"): HR_ONLY,
    ("hr.revoke_claim", "POST"): HR_NOT_OWN,
    ("hr.revoke_claim_effect", "GET"): HR_NOT_OWN,
    ("hr.lower_claim", "POST"): HR_NOT_OWN,
    ("hr.claim_finding", "GET"): HR_ONLY,
    ("hr.claim_finding_lift", "POST"): HR_NOT_OWN,
    ("hr.revocations", "GET"): HR_ONLY,
    ("notices.board", "GET"): SIGNED_IN,
    ("notices.board_show", "GET"): NOTICE,
    ("notices.board_read", "POST"): NOTICE,
    ("hr.notices", "GET"): HR_ONLY,
    ("hr.notices_new", "GET"): HR_ONLY,
    ("hr.notices_add", "POST"): HR_ONLY,
    ("hr.notices_preview", "POST"): HR_ONLY,
    ("hr.notices_show", "GET"): HR_ONLY,
    ("hr.notices_decide", "POST"): HR_ONLY,
    ("hr.notices_edit", "GET"): HR_ONLY,
    ("hr.notices_save", "POST"): HR_ONLY,
    ("jobs.show", "GET"): OWN_JOB,
    ("jobs.cancel", "POST"): OWN_JOB,
    ("jobs.result", "GET"): OWN_JOB,
    ("jobs.everybody", "GET"): HR_ONLY,
    ("hr.revocations_effect", "POST"): HR_ONLY,
    ("hr.revocations_revoke", "POST"): HR_NOT_OWN,
    ("hr.revocations_show", "GET"): HR_ONLY,
    ("hr.revocations_decide", "POST"): HR_NOT_OWN,
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
    ("hr.units_appoint", "POST"): HR_NOT_OWN,
    ("hr.units_end", "POST"): HR_OF_ADMIN,
    ("hr.units_phone", "POST"): HR_OF_ADMIN,
    ("hr.units_paper", "POST"): HR_ONLY,
    ("hr.roles", "GET"): HR_ONLY,
    ("hr.roles_propose", "POST"): HR_NOT_OWN,
    ("hr.roles_decide", "POST"): HR_NOT_OWN,
    ("admin.absence", "GET"): UNIT_ONLY,
    ("admin.absence_mark", "POST"): UNIT_ONLY,
    ("admin.absence_end", "POST"): OWN_ABSENCE,
    ("hr.presets", "GET"): HR_ONLY,
    ("hr.presets_add", "POST"): HR_ONLY,
    ("hr.presets_change", "POST"): HR_ONLY,
    ("hr.years", "GET"): HR_ONLY,
    ("hr.years_show", "GET"): HR_ONLY,
    ("hr.years_set", "POST"): HR_ONLY,
    ("hr.years_reopen", "POST"): HR_NOT_OWN,
    ("hr.years_end_reopening", "POST"): HR_ONLY,
    ("hr.obligations", "GET"): HR_ONLY,
    ("hr.obligations_show", "GET"): HR_ONLY,
    ("hr.obligations_set", "POST"): HR_NOT_OWN,
    ("hr.obligations_end", "POST"): HR_NOT_OWN,
    ("hr.obligations_file", "GET"): OBLIGATION_FILE,
    ("hr.exports", "GET"): HR_ONLY,
    ("hr.exports_hand_out", "POST"): HR_ONLY,
    ("admin.exports", "GET"): UNIT_ONLY,
    ("admin.exports_hand_out", "POST"): UNIT_ONLY,
    ("admin.provincial", "GET"): REVIEW,
    ("admin.provincial_sheet", "POST"): REVIEW,
    ("admin.provincial_enter", "POST"): REVIEW,
    ("admin.provincial_unmark", "POST"): REVIEW_ONE,
    ("admin.provincial_correct", "POST"): REVIEW_ONE,
    ("hr.provincial", "GET"): HR_ONLY,
    ("hr.provincial_import", "POST"): HR_ONLY,
    ("hr.provincial_report", "GET"): HR_ONLY,
    ("hr.provincial_resume", "POST"): HR_ONLY,
    ("hr.provincial_settle", "POST"): HR_ONLY,
    ("hr.provincial_reopen", "POST"): HR_ONLY,
    ("hr.provincial_export", "POST"): HR_ONLY,
    ("hr.audit", "GET"): AUDIT,
    ("hr.tokens", "GET"): HR_ONLY,
    ("hr.tokens_create", "POST"): HR_ONLY,
    ("hr.tokens_revoke", "POST"): HR_ONLY,
    ("api.openapi", "GET"): ANYBODY,
    ("api.docs", "GET"): ANYBODY,
    ("api.course_records", "POST"): MACHINE,
    ("api.standings", "GET"): MACHINE,
}
