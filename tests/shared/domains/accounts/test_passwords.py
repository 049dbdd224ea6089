import asyncio

import argon2
import bcrypt
import pytest

from shared.domains.accounts import passwords


async def test_a_password_verifies_against_its_hash_only():
    known = await passwords.hashed("correct horse")
    assert known.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.verified("correct horse", known)
    assert not await passwords.verified("correct horsf", known)
    assert not passwords.outdated(known)


async def test_all_256_characters_count():
    known = await passwords.hashed("é" * 255 + "a")
    assert not await passwords.verified("é" * 255 + "b", known)
    assert await passwords.verified("é" * 255 + "a", known)


async def test_bcrypt_hashes_from_elsewhere_verify_and_are_outdated():
    known = bcrypt.hashpw(b"correct horse", bcrypt.gensalt(4)).decode()
    assert await passwords.verified("correct horse", known)
    assert not await passwords.verified("wrong", known)
    assert not await passwords.verified("x" * 100, known)
    assert passwords.outdated(known)


async def test_weaker_argon2_hashes_are_outdated():
    assert passwords.outdated(argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("x"))


@pytest.mark.parametrize("known", [None, "", "$2b$nonsense", "$argon2id$nonsense", "plain text"])
async def test_without_a_usable_hash_nothing_verifies(known):
    assert not await passwords.verified("", known)


async def test_nobodys_password_costs_as_much_as_anybodys():
    anybodys = await passwords.hashed("correct horse")
    assert argon2.extract_parameters(passwords.NOBODYS) == argon2.extract_parameters(anybodys)


async def test_at_most_two_hash_at_once():
    busy = most = 0

    async def work():
        nonlocal busy, most
        async with passwords.slot():
            busy += 1
            most = max(most, busy)
            await asyncio.sleep(0)
            busy -= 1

    await asyncio.gather(*(work() for _ in range(10)))
    assert most == 2
