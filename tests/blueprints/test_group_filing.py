"""One training for many: the list name by name, one upload, all or nothing, decided by somebody else."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
from forms_sent import TRAINING, proof, rows, send, stored

from portal.database import write_tx
from portal.models import Claim, Event, EvidenceFile, Person


def check(client: Any, numbers: str, **changes: Any) -> Any:
    """The list as the page shows it while somebody types."""
    data = {**TRAINING, "numbers": numbers, **changes}
    return client.post("/admin/grants/preview", data=data, htmx=True, status=200)


def ticked(answer: Any) -> list[str]:
    return [str(one) for one in answer.all("//input[@name='person' and @checked]/@value")]


def submit(client: Any, numbers: str, people: list[str], **options: Any) -> Any:
    changes = {key: options.pop(key) for key in list(options) if key != "status"}
    data = {**TRAINING, **proof(), "numbers": numbers, "person": people, "shown": people, "action": "submit"}
    return client.post(
        "/admin/grants", data={**data, **changes}, content_type="multipart/form-data", **options
    )


ALL = "20120001，20150002\n20090004"


def test_a_list_is_filed_once_for_each_with_evidence_of_its_own(app: Any, sign_in: Any, people: Any) -> None:
    before = stored(app)
    admin = sign_in("李静")
    answer = submit(admin, ALL, ticked(check(admin, ALL)), status=303)
    claims, files = rows(app, Claim), rows(app, EvidenceFile)
    assert {claim.person_id for claim in claims} == {people[name].id for name in ("陈晓", "刘洋", "王芳")}
    assert {claim.filed_by_id for claim in claims} == {people["李静"].id}
    (group,) = {claim.list_uuid for claim in claims}
    assert answer.location == f"/admin/grants/{group}"
    assert sorted(file.claim_id for file in files) == sorted(claim.id for claim in claims)
    assert {file.sha256 for file in files} == {files[0].sha256}
    assert stored(app) - before == {str(file.uuid) for file in files}
    page = admin.get(answer.location, status=200)
    assert len(page.all("//tr[@data-claim]")) == 3


def test_a_list_does_not_repeat_itself_and_others_still_do(app: Any, sign_in: Any) -> None:
    admin = sign_in("李静")
    submit(admin, ALL, ticked(check(admin, ALL)), status=303)
    hr, address = sign_in("周敏"), f"/admin/claims/{rows(app, Claim)[0].uuid}"
    assert not hr.get(address, status=200).all("//*[@data-foreign]")
    send(sign_in("何平"), {**TRAINING, **proof()}, status=303)
    assert len(hr.get(address, status=200).all("//*[@data-foreign]")) == 1


def test_each_line_says_what_counts_and_why_not(sign_in: Any, filing: Any) -> None:
    filing.claim("陈晓", "training", "approved", title="省护理质控培训")
    filing.claim("刘洋", "training", "approved", title="另一项培训", end_on=date(2025, 7, 4), quarters=128)
    answer = check(sign_in("李静"), "20120001 20150002 20180006 99990000")

    def line(number: str) -> Any:
        return answer.one(f"//tr[@data-username='{number}']")

    assert line("20120001").get("data-counts-now") == "8"
    assert "省护理质控培训" in line("20120001").text_content()
    assert line("20150002").get("data-counts-now") == "0"
    assert "计入 0 学时" in line("20150002").text_content()
    for stranger in ("20180006", "99990000"):  # of another unit, or of nobody: the same answer
        assert "本单位没有这个工号" in line(stranger).text_content()
    assert len(ticked(answer)) == 1


def test_what_a_line_says_is_what_the_claim_counts(app: Any, sign_in: Any, filing: Any) -> None:
    filing.claim("陈晓", "training", "approved", title="省护理质控培训")
    admin = sign_in("李静")
    answer = check(admin, "20120001")
    submit(admin, "20120001", ticked(answer), status=303)
    (claim,) = [one for one in rows(app, Claim) if one.list_uuid]
    row = sign_in("王芳").get(f"/admin/claims?group={claim.list_uuid}").one("//*[@data-claim]")
    assert row.get("data-credited") == answer.one("//tr[@data-username]").get("data-counts-now")


def test_a_name_taken_off_stays_off(app: Any, sign_in: Any, people: Any) -> None:
    admin = sign_in("李静")
    everybody = ticked(check(admin, ALL))
    fewer = [one for one in everybody if one != str(people["刘洋"].uuid)]
    again = check(admin, ALL + " 20080003", person=fewer, shown=everybody)
    assert set(ticked(again)) == {*fewer, str(people["李静"].uuid)}
    submit(admin, ALL, fewer, status=303)
    assert people["刘洋"].id not in {claim.person_id for claim in rows(app, Claim)}


def test_the_same_list_again_is_not_ticked_and_a_double_click_writes_once(app: Any, sign_in: Any) -> None:
    before = stored(app)
    admin, key = sign_in("李静"), str(uuid4())
    people = ticked(check(admin, ALL))
    first = submit(admin, ALL, people, idempotency_key=key, status=303)
    second = submit(admin, ALL, people, idempotency_key=key, status=303)
    assert first.location == second.location
    assert len(rows(app, Claim)) == 3
    assert stored(app) - before == {str(file.uuid) for file in rows(app, EvidenceFile)}
    again = check(admin, ALL)
    assert len(again.all("//*[@data-doubled]")) == 3
    assert ticked(again) == []
    submit(admin, ALL, [], status=422)


def test_nothing_is_filed_without_looking_at_the_list_or_without_evidence(app: Any, sign_in: Any) -> None:
    admin = sign_in("李静")
    unseen = admin.post("/admin/grants", data={**TRAINING, "numbers": ALL, "action": "submit"}, status=422)
    assert len(ticked(unseen)) == 3
    bare = {**TRAINING, "numbers": ALL, "person": ticked(unseen), "shown": ticked(unseen), "action": "submit"}
    assert "学时证明" in admin.post("/admin/grants", data=bare, status=422).words
    assert rows(app, Claim) == []


def test_somebody_who_left_meanwhile_stops_the_whole_list(app: Any, sign_in: Any, people: Any) -> None:
    before = stored(app)
    admin = sign_in("李静")
    chosen = ticked(check(admin, ALL))
    with app.app_context(), write_tx() as session:
        session.get(Person, people["刘洋"].id).unit_id = people["何平"].unit_id
    answer = submit(admin, ALL, chosen, status=422)
    assert "已不在本单位" in answer.words
    assert (rows(app, Claim), stored(app)) == ([], before)
    submit(admin, ALL, [str(people["何平"].uuid)], status=422)


def test_words_that_are_no_number_are_told(sign_in: Any) -> None:
    answer = sign_in("李静").post(
        "/admin/grants", data={**TRAINING, "numbers": "陈晓 20120001", "action": "submit"}, status=422
    )
    assert "不是工号" in answer.words


def test_a_list_is_decided_by_the_other_admin_alone(app: Any, sign_in: Any) -> None:
    admin = sign_in("李静")
    place = submit(admin, ALL, ticked(check(admin, ALL)), status=303).location
    group = place.rpartition("/")[2]
    other = sign_in("王芳").get(f"/admin/claims?group={group}", status=200)
    assert len(other.all("//*[@data-claim]")) == 3
    assert len(other.all("//*[@data-waiting]")) == 2  # her own is not hers to decide
    assert not admin.get(f"/admin/claims?group={group}").all("//*[@data-waiting]")
    sign_in("赵磊").get(place, status=404)
    assert len(sign_in("周敏").get(f"/admin/claims?group={group}&scope=all").all("//*[@data-claim]")) == 3
    events = [one.action for one in rows(app, Event)]
    assert (events.count("claim-filed-for"), events.count("list-filed")) == (3, 1)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_three_hundred_people_in_one_go(app: Any, sign_in: Any, people: Any) -> None:
    before = stored(app)
    unit, at = people["李静"].unit_id, datetime(2024, 1, 2, tzinfo=UTC)
    names = [f"3{number:07d}" for number in range(300)]
    with app.app_context(), write_tx() as session:
        session.add_all(
            Person(
                username=name,
                name=f"护士{name[-3:]}",
                search_key=name,
                unit_id=unit,
                department="内科",
                created_at=at,
            )
            for name in names
        )
    admin = sign_in("李静")
    chosen = ticked(check(admin, " ".join(names)))
    submit(admin, " ".join(names), chosen, status=303)
    files = rows(app, EvidenceFile)
    assert len({file.claim_id for file in files}) == 300
    assert stored(app) - before == {str(file.uuid) for file in files}
