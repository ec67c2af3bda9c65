"""Commands that need a login, behind whatever wrapper; files that are run; programs of the repository."""

from __future__ import annotations

import pytest

from knowledge.location import Position
from tests.knowledge.pipelines.shell_reading import TOKEN, read

EXCHANGE = f'aws sts assume-role-with-web-identity --role-arn "$R" --web-identity-token={TOKEN}'

COMMANDS = [
    ("aws s3 ls", "aws use aws"),
    ("/usr/local/bin/aws s3 ls", "aws use aws"),
    (EXCHANGE, "aws login aws"),
    (f"X=$({EXCHANGE})", "aws login aws"),
    (f"eval $({EXCHANGE} | jq -r x)", "aws login aws"),
    (f"{EXCHANGE} > keys.json", "aws login aws"),
    ("sudo -E aws s3 ls", "aws use aws"),
    ("sudo -u deploy A=b aws s3 ls", "aws use aws"),
    ("time aws s3 ls", "aws use aws"),
    ("timeout -k 5 5m aws s3 ls", "aws use aws"),
    ("env -u A B=c aws s3 ls", "aws use aws"),
    ("A=b aws s3 ls", "aws use aws"),
    ("nohup aws s3 ls &", "aws use aws"),
    ("ls | xargs -I{} aws s3 rm {}", "aws use aws"),
    ("! aws s3 ls", "aws use aws"),
    ("aws s3 ls || exit 1", "aws use aws"),
    ("if aws s3 ls; then true; fi", "aws use aws"),
    ("while ! aws s3 ls; do sleep 1; done", "aws use aws"),
    ("for f in $(aws s3 ls); do echo $f; done", "aws use aws"),
    ('sh -c "aws s3 ls"', "aws use aws"),
    ("docker run --rm -e AWS_ROLE_ARN -v $PWD:/w amazon/aws-cli:2 s3 ls", "aws use aws"),
    ("docker run --rm node:20 aws s3 ls", "aws use aws"),
    ("docker run --entrypoint aws acme/tools s3 ls", "aws use aws"),
    ("npx cdk deploy --all", "aws tool cdk"),
    ("yarn cdk deploy", "aws tool cdk"),
    ("npm exec -- serverless deploy", "aws tool serverless"),
    ("npx --yes sls deploy", "aws tool sls"),
    ("sam deploy", "aws tool sam"),
    ("terraform apply -auto-approve", "other tool terraform"),
    ("terramate run -- terraform plan", "other tool terraform"),
    ("helm upgrade x y", "other tool helm"),
    ("docker login -u AWS -p $P 123456789012.dkr.ecr.eu-central-1.amazonaws.com", "aws tool docker"),
    (f"az login --service-principal -u x -t y --federated-token {TOKEN}", "azure login az"),
    ("az login --service-principal -u x -p y", "azure use az"),
    ("gcloud iam workload-identity-pools create-cred-config p --output-file=c", "gcp login gcloud"),
    ("gcloud auth login --cred-file=c", "gcp login gcloud"),
    ("gcloud run deploy", "gcp use gcloud"),
    (f"vault write auth/jwt/login role=x jwt={TOKEN}", "other login vault"),
    (f"chainctl auth login --identity-token {TOKEN}", "other login chainctl"),
    (f"curl -d subject_token={TOKEN} https://sts.googleapis.com/v1/token", "gcp login curl"),
    (f"curl -d a={TOKEN} https://login.microsoftonline.com/t/oauth2/v2.0/token", "azure login curl"),
    (f'curl -H "Authorization: Bearer {TOKEN}" https://broker.example.org', "other login curl"),
]


@pytest.mark.parametrize(("text", "told"), COMMANDS)
def test_commands_of_clouds(text: str, told: str) -> None:
    command = read(text).commands[0]
    assert f"{command.cloud} {command.kind} {command.program}" == told


@pytest.mark.parametrize(
    "text",
    [
        "echo aws s3 ls",
        "# aws s3 ls",
        "pip install awscli",
        "apt-get install -y aws",
        "which aws",
        "cat <<E\naws s3 ls\nE",
        "docker login -u x -p y",
        "docker build -t x.dkr.ecr.eu-central-1.amazonaws.com/y .",
        "curl https://sts.amazonaws.com",
        "aws() { true; }\naws s3 ls",
        f"echo {TOKEN} > f",
        f'[ -n "{TOKEN}" ]',
    ],
)
def test_what_needs_no_cloud(text: str) -> None:
    assert read(text).commands == ()


def test_long_options_as_written_with_either_sign() -> None:
    (command,) = read("aws --region \"$R\" sts x --role-arn='a b' --no-verify --debug").commands
    assert command.arguments == (
        ("--region", '"$R"'),
        ("--role-arn", "'a b'"),
        ("--no-verify", ""),
        ("--debug", ""),
    )


def test_a_command_stands_at_its_program_and_its_text_is_one_line() -> None:
    (command,) = read("cd x && sudo aws s3 sync . s3://b \\\n  --delete > log").commands
    assert (command.at, command.text) == (Position(10, 24), "aws s3 sync . s3://b --delete")


def test_files_run_inside_the_shell() -> None:
    script = read(". ./a.sh x", "source b.env && y", "./source c")
    assert script.sourced == (("./a.sh", Position(10, 11)), ("b.env", Position(20, 11)))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("./deploy.sh prod", "./deploy.sh"),
        ("cd x && scripts/deploy", "scripts/deploy"),
        ("bash deploy.sh", "bash deploy.sh"),
        ("sh -e deploy.sh", "sh deploy.sh"),
        ("python3 deploy.py --x", "python3 deploy.py"),
        ("python -m deploy", "python -m deploy"),
        ("node dist/cli.js", "node dist/cli.js"),
        ("make deploy", "make"),
        ("npm run deploy", "npm run deploy"),
        ("yarn deploy", "yarn deploy"),
        ("A=b ./deploy.sh", "./deploy.sh"),
        ("X=$(./role.sh)", "./role.sh"),
    ],
)
def test_programs_of_the_repository(text: str, name: str) -> None:
    assert [path for path, _ in read(text).hidden] == [name]


def test_a_program_of_the_repository_may_hand_the_token_to_any_cloud() -> None:
    script = read(f"./login.sh {TOKEN}", f"python login.py {TOKEN}")
    assert script.commands == ()
    assert [path for path, _ in script.hidden] == ["./login.sh", "python login.py"]


@pytest.mark.parametrize(
    "text",
    [
        "npm ci",
        "npm install",
        "pip install -r x.txt",
        "python -m pip install x",
        "python --version",
        "git clone x",
    ],
)
def test_programs_that_hide_nothing(text: str) -> None:
    assert read(text).hidden == ()
