"""The boto3 session: made of the `AWS_*` settings, with short timeouts, its clients built once.

https://docs.aws.amazon.com/boto3/latest/guide/configuration.html
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Mapping
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.loaders import Loader, create_loader

from bot.clients.aws_wire import CONNECT_SECONDS, READ_SECONDS, BoundedSender

_REGION = "us-east-1"
"""IAM is global and STS answers for every region; without a setting the oldest region is asked."""
_CONNECTIONS = 8

#: Settings that are handed to boto3 by name, because they may come from a `.env` and so not be in the
#: process's environment; what is not listed here boto3 finds there itself.
_NAMED = {
    "AWS_PROFILE": "profile",
    "AWS_CONFIG_FILE": "config_file",
    "AWS_SHARED_CREDENTIALS_FILE": "credentials_file",
    "AWS_CA_BUNDLE": "ca_bundle",
}


@functools.cache
def _models() -> Loader:
    """boto3's descriptions of the services: megabytes of JSON that never change, parsed once a process."""
    return create_loader()


class AwsSession:
    """One session. All methods block, and may be called from several threads.

    `may_ask_machine` lets the chain end at the machine's own metadata service (EC2): nobody who gave no
    AWS setting at all wants an address of the machine's network asked.
    """

    def __init__(self, settings: Mapping[str, str], *, may_ask_machine: bool) -> None:
        self._settings = dict(settings)
        self._may_ask_machine = may_ask_machine
        self._lock = threading.Lock()
        self._session: boto3.Session | None = None
        self._clients: dict[tuple[str, str | None], Any] = {}

    def client(self, service: str, region: str | None = None) -> Any:
        """The client with the bot's own credentials; `region` is needed where a service is not global.
        Without any credentials the next call looks for them again.

        Raises:
            botocore.exceptions.BotoCoreError: the settings (a profile, a file) cannot be used.
        """
        with self._lock:
            key = (service, region)
            if key not in self._clients:
                session = self._session or self._opened()
                found = session.get_credentials()
                made = session.client(service, region_name=region, **self._options(service))
                if found is None:
                    self._session = None
                    return made
                self._session = session
                self._clients[key] = made
            return self._clients[key]

    def client_with(self, service: str, credentials: Mapping[str, Any], region: str | None = None) -> Any:
        """A client with the credentials of an assumed role."""
        with self._lock:
            session = self._session or self._opened()
            return session.client(
                service,
                region_name=region,
                aws_access_key_id=credentials["AccessKeyId"],
                aws_secret_access_key=credentials["SecretAccessKey"],
                aws_session_token=credentials["SessionToken"],
                **self._options(service),
            )

    def _opened(self) -> boto3.Session:
        core = botocore.session.Session()
        # For the clients that the chain builds for itself, too.
        core.set_default_client_config(Config(proxies={}))
        core.register_component("data_loader", _models())
        for name, variable in _NAMED.items():
            if name in self._settings:
                core.set_config_variable(variable, self._settings[name])
        # botocore looks in the same places, and in the same order.
        bundle = core.get_config_variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE")
        core.register("before-send", BoundedSender(bundle or True, _CONNECTIONS))
        core.set_config_variable("metadata_service_timeout", 1)
        core.set_config_variable("metadata_service_num_attempts", 1)
        key, secret = self._settings.get("AWS_ACCESS_KEY_ID"), self._settings.get("AWS_SECRET_ACCESS_KEY")
        if key and secret:
            core.set_credentials(key, secret, self._settings.get("AWS_SESSION_TOKEN"))
        elif not self._may_ask_machine:
            core.get_component("credential_provider").remove("iam-role")
        return boto3.Session(botocore_session=core, region_name=self._region(core))

    def _region(self, core: botocore.session.Session) -> str:
        given = self._settings.get("AWS_REGION") or self._settings.get("AWS_DEFAULT_REGION")
        return given or core.get_config_variable("region") or _REGION

    def _options(self, service: str) -> dict[str, Any]:
        endpoint = self._settings.get(f"AWS_ENDPOINT_URL_{service.upper()}") or self._settings.get(
            "AWS_ENDPOINT_URL"
        )
        config = Config(
            # A thread that hangs must not hold up the end of the process.
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": 2},
            max_pool_connections=_CONNECTIONS,
        )
        return {"config": config, "endpoint_url": endpoint}
