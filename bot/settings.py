"""Settings from the environment, validated together: every problem is reported at once, by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from bot.setting_clouds import CloudSettings, read_clouds
from bot.setting_file import read_config
from bot.setting_telemetry import Telemetry, read_telemetry
from bot.setting_values import (
    OAUTH_URL,
    address,
    aws_problems,
    host,
    is_channel,
    is_listed_name,
    login_problems,
    oauth_address,
    one_line,
    word,
)

CHECKOUT = Path(__file__).resolve().parent.parent

_ROLE = re.compile(r"arn:aws[\w-]*:iam::(?P<account>\d{12}):role/[\w+=,.@/-]+\Z")
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class SettingsError(Exception):
    """The settings cannot be used. `problems` names each setting and says what it wants."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def _list(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


class Settings(BaseModel):
    """What `serve` runs with; the aliases are the environment's names.

    Secrets are `SecretStr`: they print as asterisks in `repr`, logs and errors.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    bot_token: SecretStr = Field(alias="SLACK_BOT_TOKEN")
    app_token: SecretStr | None = Field(None, alias="SLACK_APP_TOKEN")
    signing_secret: SecretStr | None = Field(None, alias="SLACK_SIGNING_SECRET")
    slack_api_url: str = Field("https://slack.com/api/", alias="SLACK_API_URL")
    slack_hooks_url: str = Field("https://hooks.slack.com/", alias="SLACK_HOOKS_URL")
    slack_files_url: str = Field("https://files.slack.com/", alias="SLACK_FILES_URL")
    host: str = Field("0.0.0.0", alias="HOST")  # noqa: S104 - a service in a container is reached from outside
    port: int = Field(3000, alias="PORT", ge=0, le=65535)
    channels: tuple[str, ...] = Field(alias="CI_HELP_CHANNELS")
    bitbucket_token: SecretStr | None = Field(None, alias="BITBUCKET_TOKEN")
    bitbucket_email: str | None = Field(None, alias="BITBUCKET_EMAIL")
    oauth_key: str | None = Field(None, alias="BITBUCKET_OAUTH_KEY")
    oauth_secret: SecretStr | None = Field(None, alias="BITBUCKET_OAUTH_SECRET")
    oauth_url: str = Field(OAUTH_URL, alias="BITBUCKET_OAUTH_URL")
    bitbucket_api_url: str = Field("https://api.bitbucket.org/2.0", alias="BITBUCKET_API_URL")
    workspaces: tuple[str, ...] = Field(alias="BITBUCKET_WORKSPACES")
    write_token: SecretStr | None = Field(None, alias="BITBUCKET_WRITE_TOKEN")
    write_email: str | None = Field(None, alias="BITBUCKET_WRITE_EMAIL")
    read_roles: tuple[str, ...] = Field((), alias="AWS_READ_ROLES")
    database_url: SecretStr = Field(SecretStr("sqlite:///rolecall.db"), alias="DATABASE_URL")
    config_path: str | None = Field(None, alias="ROLECALL_CONFIG")
    log_level: str = Field("INFO", alias="LOG_LEVEL")
    aws: dict[str, SecretStr] = Field(default_factory=dict)
    """The `AWS_*` names that boto3's own chain reads, as they were given."""
    telemetry: Telemetry = Telemetry()
    """Where traces and reports of faults go."""
    clouds: CloudSettings = CloudSettings()
    """What is read of Azure and Google Cloud, where the settings allow any of it."""
    trimmed: tuple[str, ...] = ()
    """Names whose values had blanks or line breaks around them, which were taken away."""
    channel_repositories: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """From the configuration file: the repositories or workspaces a channel may ask about."""
    shared_channels: tuple[str, ...] = ()
    """From the configuration file: channels that are answered in though another organisation shares them."""

    @field_validator("channels", "workspaces", "read_roles", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return _list(value)

    @field_validator(
        "bot_token",
        "app_token",
        "signing_secret",
        "bitbucket_token",
        "write_token",
        "bitbucket_email",
        "write_email",
        "oauth_key",
        "oauth_secret",
    )
    @classmethod
    def _header(cls, value: SecretStr | str | None) -> SecretStr | str | None:
        if value is not None:
            word(value.get_secret_value() if isinstance(value, SecretStr) else value)
        return value

    @field_validator("bot_token", "app_token")
    @classmethod
    def _slack_token(cls, value: SecretStr | None, info: Any) -> SecretStr | None:
        prefix = "xoxb-" if info.field_name == "bot_token" else "xapp-"
        if value is not None and not value.get_secret_value().startswith(prefix):
            raise ValueError(f"must be a token that begins with {prefix}")
        return value

    @field_validator("host")
    @classmethod
    def _host(cls, value: str) -> str:
        return host(value)

    @field_validator("slack_api_url", "slack_hooks_url", "slack_files_url")
    @classmethod
    def _with_slash(cls, value: str) -> str:
        return address(value).rstrip("/") + "/"

    @field_validator("bitbucket_api_url")
    @classmethod
    def _without_slash(cls, value: str) -> str:
        return address(value).rstrip("/")

    @field_validator("oauth_url")
    @classmethod
    def _oauth_address(cls, value: str) -> str:
        return oauth_address(value)

    @field_validator("channels")
    @classmethod
    def _channel_ids(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("must list at least one channel id")
        if not all(map(is_channel, value)):
            raise ValueError("must list channel ids such as C0123ABCD, not names")
        return value

    @field_validator("workspaces")
    @classmethod
    def _repositories(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("must list at least one workspace, or workspace/repository")
        if not all(map(is_listed_name, value)):
            raise ValueError("must list workspaces or workspace/repository, separated by commas")
        return tuple(name.lower() for name in value)

    @field_validator("read_roles")
    @classmethod
    def _roles(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        accounts = [match["account"] for role in value if (match := _ROLE.match(role))]
        if len(accounts) != len(value):
            raise ValueError("must list role ARNs such as arn:aws:iam::123456789012:role/RolecallRead")
        if len(set(accounts)) != len(accounts):
            raise ValueError("must list one role an account")
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(("sqlite:///", "postgresql://", "postgres://")):
            raise ValueError("must begin with sqlite:/// or postgresql://")
        one_line(value.get_secret_value())
        return value

    @field_validator("log_level")
    @classmethod
    def _level(cls, value: str) -> str:
        if value.upper() not in _LEVELS:
            raise ValueError(f"must be one of {', '.join(_LEVELS)}")
        return value.upper()

    @model_validator(mode="after")
    def _transport(self) -> Settings:
        if self.app_token is None and self.signing_secret is None:
            raise ValueError(
                "SLACK_APP_TOKEN or SLACK_SIGNING_SECRET: one of them is needed "
                "(Socket Mode with the first, HTTP with the second)"
            )
        return self

    @property
    def socket_mode(self) -> bool:
        return self.app_token is not None

    @classmethod
    def from_mapping(cls, environment: Mapping[str, str]) -> Settings:
        """Settings from names as the environment has them; empty values count as not set, and what stands
        around a value (a line break from a secret store) is none of it.

        Raises:
            SettingsError: with every problem found, each by the setting's name, none with its value.
        """
        bare = {name: value.strip() for name, value in environment.items()}
        given: dict[str, Any] = {name: value for name, value in bare.items() if value}
        given["aws"] = {
            name: value
            for name, value in given.items()
            if name.startswith("AWS_") and name != "AWS_READ_ROLES"
        }
        given["trimmed"] = tuple(
            name for name in given if name in _NAMES | set(given["aws"]) and environment[name] != bare[name]
        )
        problems = aws_problems(given["aws"]) + login_problems(given)
        given["telemetry"] = read_telemetry({name: given[name] for name in bare if name in given}, problems)
        given["clouds"] = read_clouds(given, problems)
        file = read_config(given.get("ROLECALL_CONFIG"), problems)
        given["channel_repositories"], given["shared_channels"] = file.channels, file.shared_channels
        try:
            settings = cls.model_validate(given)
        except ValidationError as error:
            problems += [_sentence(item["loc"], item["type"], item["msg"]) for item in error.errors()]
            settings = None
        if problems or settings is None:
            # The rule about the transport is asked last by pydantic, and only of otherwise sound
            # settings; a reader who mends everything in one go needs it now.
            if not (given.get("SLACK_APP_TOKEN") or given.get("SLACK_SIGNING_SECRET")) and not any(
                "SLACK_SIGNING_SECRET" in problem for problem in problems
            ):
                problems.append(
                    "SLACK_APP_TOKEN or SLACK_SIGNING_SECRET: one of them is needed "
                    "(Socket Mode with the first, HTTP with the second)"
                )
            raise SettingsError(problems)
        return settings

    @classmethod
    def load(cls, environment: Mapping[str, str]) -> Settings:
        """As `from_mapping`, with a `.env` beside the checkout read first; the environment wins."""
        try:
            found = dotenv_values(CHECKOUT / ".env")
        except (OSError, UnicodeDecodeError):
            raise SettingsError([".env: the file beside the checkout cannot be read"]) from None
        stored = {name: value for name, value in found.items() if value is not None}
        return cls.from_mapping({**stored, **environment})


_NAMES = frozenset(field.alias for field in Settings.model_fields.values() if field.alias)


def _sentence(where: tuple[int | str, ...], kind: str, message: str) -> str:
    name = str(where[0]) if where else ""
    if kind == "missing":
        return f"{name}: is required"
    message = message.removeprefix("Value error, ")
    return f"{name}: {message[:1].lower() + message[1:]}" if name else message
