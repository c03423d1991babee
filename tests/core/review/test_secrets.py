"""Secrets are found by their shapes, placeholders are let pass, and hostile texts take no long time."""

from __future__ import annotations

import time

import pytest

from lora_studio.core.review.secrets import find_secrets

# Made up, and put together here so that no scanner takes this file for a leak.
KEYS = {
    "an AWS access key": "AKIA" + "QX7ZJ3MN4PLK2RTB",
    "a GitHub token": "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a",
    "a GitLab token": "glpat-" + "Zx9_kQ27tRmN4vLp81Wc",
    "a Slack token": "xoxb-" + "2847561093-9182736450-kJh7Gf5Ds3Ap2Oi4Uy6T",
    "an Anthropic key": "sk-ant-" + "api03-Qw8eR2tY5uI9oP1aS4dF7gH0jK",
    "an OpenAI key": "sk-" + "proj-Zm4kP9xQ2vR7tW1yB6nL3cJ8hF5dS0aG",
    "a Google key": "AIza" + "SyD3kR8pQ1wX6vB9nM2cL5zJ7hF4gT0yUeo",
    "a Stripe key": "sk_live_" + "9Zk3Qw7Rt2Xv5Bn8Mc1L",
    "a Hugging Face token": "hf_" + "QwErTyUiOpAsDfGhJkLzXcVbNmQwErTyUi",
    "an npm token": "npm_" + "Ab3De6Gh9Jk2Mn5Pq8St1Vw4Yz7Bc0Ef3Hi6",
    "a signed token (JWT)": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiI0NzExIn0." + "q8Zr2LmW5vX9tB3nK7pJ1cF4hD6gS0aY",
    "a private key": "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEowIBAAKCAQEAu7Zk3Qw7Rt2Xv5Bn8Mc1LpJ4hF6gD9sA2e\nx",
    "a password in an address": "postgres://app:" + "kV9x2Lm8Q@db7.corp-net.io:5432/x",
    "a password or key": 'password = "' + 'kV9x2Lm8Qw4Z"',
}


@pytest.mark.parametrize("what", KEYS)
def test_a_key_is_found_with_its_place(what: str) -> None:
    text = f"Call it like this:\n\n    {KEYS[what]}\n\nand nothing else."
    hits = find_secrets(text)
    assert [hit.what for hit in hits] == [what]
    assert text[hits[0].start : hits[0].end] in KEYS[what]


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "token = os.environ['API_TOKEN']",
        'password = "correct horse battery staple"',
        'password = "changeme123"',
        "api_key: ${API_KEY_2024}",
        "api_key = get_secret('prod/db1')",
        "secret_name = projects/web1/secrets/db2",
        "postgres://user:password@localhost:5432/app",
        "postgres://app:${DB_PASS}@db7.corp.io/app",
        "https://example.org:8080/a@b",
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
        "Never commit a file that has BEGIN RSA PRIVATE KEY in it.",
        "sk-learn and sk-ant are prefixes; ghp_ starts a token",
        "token_count = 123456789012345",
        "passwordless_login = enabled_for_all_users_2024",
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "key=lambda item: item.priority2",
    ],
)
def test_what_is_no_secret_is_let_pass(text: str) -> None:
    assert find_secrets(text) == []


@pytest.mark.parametrize(
    "unit",
    ["password=", "-----BEGIN PRIVATE KEY-----", "eyJ", "http://a:", "xoxb-", "token\n", "a" * 50, "ghp_", "::="],
)
def test_a_hostile_text_is_read_in_a_moment(unit: str) -> None:
    text = (unit * 100_000)[:100_000]
    started = time.process_time()
    find_secrets(text)
    assert time.process_time() - started < 1
