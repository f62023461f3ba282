"""One-time passwords against the vectors of RFC 6238, appendix B."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.rules.one_time import address, as_text, code_at, matching_step, step_of

SECRET = b"12345678901234567890"
VECTORS = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]
NOW = datetime(2025, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_the_vectors_of_the_standard(seconds, code):
    assert code_at(SECRET, seconds // 30, digits=8) == code
    at = datetime.fromtimestamp(seconds, UTC)
    assert matching_step(SECRET, code[2:], at, after=0) == seconds // 30


@pytest.mark.parametrize(("steps", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off(steps, fits):
    code = code_at(SECRET, step_of(NOW + timedelta(seconds=30 * steps)))
    assert (matching_step(SECRET, code, NOW, after=0) is not None) is fits


def test_a_used_step_and_those_before_it_do_not_count_again():
    here = step_of(NOW)
    assert matching_step(SECRET, code_at(SECRET, here), NOW, after=here) is None
    assert matching_step(SECRET, code_at(SECRET, here - 1), NOW, after=here) is None
    assert matching_step(SECRET, code_at(SECRET, here + 1), NOW, after=here) == here + 1


@pytest.mark.parametrize("odd", ["", "12345", "1234567", "１２３４５６", "12 456", "-12345"])
def test_what_is_no_six_digits_never_fits(odd):
    assert matching_step(SECRET, odd, NOW, after=0) is None


def test_the_address_names_school_and_account():
    found = address(SECRET, username="20050008", issuer="学校")
    assert found.startswith("otpauth://totp/%E5%AD%A6%E6%A0%A1%3A20050008?secret=" + as_text(SECRET))
    assert found.endswith("&digits=6&period=30")
