"""The settings of the optional readings: off by default, all problems by name and never by value."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.settings import Settings, SettingsError
from tests.bot.test_settings import GOOD

TENANT = "6b1c9a0e-3d5f-4e7a-8b2c-1f0e9d8c7b6a"
CLIENT = "0b7c1f5e-9a3d-4c28-b6e1-5d2f8a9c4e70"
AZURE = {"AZURE_READ_TENANTS": TENANT, "AZURE_CLIENT_ID": CLIENT, "AZURE_CLIENT_SECRET": "canary~secret"}
KEY = {
    "type": "service_account",
    "client_email": "rolecall@acme-tools.iam.gserviceaccount.com",
    "private_key": "canary-private-key",
    "token_uri": "https://oauth2.googleapis.com/token",
}


def problems(**given: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_mapping({**GOOD, **given})
    assert "canary" not in str(caught.value)
    return caught.value.problems


def credentials(folder: Path, found: Any) -> str:
    path = folder / "credentials.json"
    path.write_text(found if isinstance(found, str) else json.dumps(found), encoding="utf-8")
    return str(path)


def test_without_a_list_nothing_is_read_whatever_credentials_there_are(tmp_path: Path) -> None:
    clouds = Settings.from_mapping(
        {**GOOD, "AZURE_CLIENT_SECRET": "x y", "GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "nowhere")}
    ).clouds
    assert (clouds.azure, clouds.google) == (None, None)


def test_the_smallest_good_ones_have_the_documented_addresses(tmp_path: Path) -> None:
    given = {"GOOGLE_READ_PROJECTS": "acme-maps, 481516234200"}
    file = credentials(tmp_path, KEY)
    settings = Settings.from_mapping({**GOOD, **AZURE, **given, "GOOGLE_APPLICATION_CREDENTIALS": file})
    azure, google = settings.clouds.azure, settings.clouds.google
    assert azure is not None
    assert google is not None
    assert (azure.tenants, azure.proof) == ((TENANT,), "AZURE_CLIENT_SECRET")
    assert (azure.authority, azure.graph) == (
        "https://login.microsoftonline.com",
        "https://graph.microsoft.com",
    )
    assert (google.projects, google.iam) == (("acme-maps", "481516234200"), "https://iam.googleapis.com")
    assert "canary" not in f"{settings!r} {azure!r} {google!r}"


@pytest.mark.parametrize(
    ("given", "name", "words"),
    [
        ({"AZURE_READ_TENANTS": "contoso.onmicrosoft.com"}, "AZURE_READ_TENANTS", "must list tenant ids"),
        ({"AZURE_READ_TENANTS": ","}, "AZURE_READ_TENANTS", "must list tenant ids"),
        ({"AZURE_CLIENT_ID": ""}, "AZURE_CLIENT_ID", "is required by AZURE_READ_TENANTS"),
        ({"AZURE_CLIENT_ID": "canary"}, "AZURE_CLIENT_ID", "is required by AZURE_READ_TENANTS"),
        ({"AZURE_CLIENT_SECRET": ""}, "AZURE_CLIENT_CERTIFICATE_PATH, ", "one of them is required"),
        ({"AZURE_CLIENT_SECRET": "canary canary"}, "AZURE_CLIENT_SECRET", "must be plain ASCII"),
        ({"AZURE_CLIENT_CERTIFICATE_PATH": "/canary"}, "AZURE_CLIENT_CERTIFICATE_PATH", "path of a file"),
        # The certificate itself in the place of its path.
        ({"AZURE_CLIENT_CERTIFICATE_PATH": "canary" * 50}, "AZURE_CLIENT_CERTIFICATE_PATH", "path of a file"),
        ({"MICROSOFT_GRAPH_URL": "http://graph.canary.com"}, "MICROSOFT_GRAPH_URL", "only for loopback"),
        ({"MICROSOFT_GRAPH_URL": "https://canary.com/v1.0"}, "MICROSOFT_GRAPH_URL", "without a path"),
        ({"AZURE_AUTHORITY_HOST": "http://canary.com"}, "AZURE_AUTHORITY_HOST", "only for loopback"),
    ],
)
def test_each_wrong_setting_of_azure_is_named(given: dict[str, str], name: str, words: str) -> None:
    (found,) = problems(**{**AZURE, **given})
    assert found.startswith(name)
    assert words in found


def test_the_authority_may_be_a_bare_host_as_the_library_takes_it() -> None:
    given = {"AZURE_AUTHORITY_HOST": "login.microsoftonline.us"}
    azure = Settings.from_mapping({**GOOD, **AZURE, **given}).clouds.azure
    assert azure is not None
    assert azure.authority == "https://login.microsoftonline.us"


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ("{canary", "the file is no JSON"),
        ([], "must be a file of the type service_account"),
        ({"type": "authorized_user", "refresh_token": "canary"}, "must be a file of the type"),
        (
            {"type": "external_account", "credential_source": {"executable": {"command": "canary"}}},
            "must be a file of the type",
        ),
        (
            {"type": "external_account", "credential_source": {"url": "http://169.254.169.254/canary"}},
            "must be a file of the type",
        ),
        ({**KEY, "token_uri": "http://canary.example.com/token"}, "token_uri in the file must be an https"),
    ],
)
def test_a_file_that_would_start_programs_or_ask_elsewhere_is_refused(
    tmp_path: Path, found: Any, words: str
) -> None:
    file = credentials(tmp_path, found)
    (said,) = problems(GOOGLE_READ_PROJECTS="acme-maps", GOOGLE_APPLICATION_CREDENTIALS=file)
    assert said.startswith("GOOGLE_APPLICATION_CREDENTIALS: ")
    assert words in said


def test_everything_wrong_with_both_clouds_is_said_at_once() -> None:
    found = problems(AZURE_READ_TENANTS="x", GOOGLE_READ_PROJECTS="UPPER", GOOGLE_IAM_URL="ftp://x")
    assert [one.partition(":")[0] for one in found] == [
        "AZURE_READ_TENANTS",
        "AZURE_CLIENT_ID",
        "AZURE_CLIENT_CERTIFICATE_PATH, AZURE_CLIENT_SECRET, AZURE_FEDERATED_TOKEN_FILE",
        "GOOGLE_READ_PROJECTS",
        "GOOGLE_IAM_URL",
        "GOOGLE_APPLICATION_CREDENTIALS",
    ]


#: Run apart: what is imported here stays imported, and what is not to be found must not be found at all.
_PROBE = """
import sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[:2] in (['azure', 'identity'], ['google', 'auth']):
            raise ModuleNotFoundError(name)
if 'hide' in sys.argv:
    sys.meta_path.insert(0, Hidden())
import bot.readings
from bot.metrics import Metrics
from bot.cloud_clients import CloudClients
from bot.settings import Settings, SettingsError
given = dict(pair.split('=', 1) for pair in sys.argv[1:] if '=' in pair)
try:
    CloudClients(Settings.from_mapping(given).clouds, Metrics())
except SettingsError as error:
    print('\\n'.join(error.problems))
print([name for name in sys.modules if name.startswith(('azure.', 'msal', 'google.auth', 'google.oauth2'))])
"""


def probe(*words: str, **given: str) -> list[str]:
    pairs = [f"{name}={value}" for name, value in {**GOOD, **given}.items()]
    run = subprocess.run(
        [sys.executable, "-c", _PROBE, *words, *pairs], capture_output=True, text=True, check=True
    )
    return run.stdout.splitlines()


def test_off_by_default_loads_none_of_the_libraries() -> None:
    assert probe() == ["[]"]


def test_a_list_without_its_library_says_what_to_install(tmp_path: Path) -> None:
    file = credentials(tmp_path, KEY)
    said = probe("hide", **AZURE, GOOGLE_READ_PROJECTS="acme-maps", GOOGLE_APPLICATION_CREDENTIALS=file)
    assert said == [
        "AZURE_READ_TENANTS: needs the extra `azure`: pip install -r deploy/requirements.txt",
        "GOOGLE_READ_PROJECTS: needs the extra `google`: pip install -r deploy/requirements.txt",
        "[]",
    ]
