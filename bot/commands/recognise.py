"""`python -m bot recognise`: what a text shows, by itself."""

from __future__ import annotations

import click

from bot.offline_files import STDIN, print_json, printable, read_text
from knowledge.redact import Redacted, redact
from knowledge.symptoms import Symptom, recognise
from knowledge.target import Target
from knowledge.target_text import find_target


@click.command("recognise")
@click.argument("file", default=STDIN, required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(file: str, *, as_json: bool) -> int:
    """Say which failures the text of FILE shows (standard input without FILE, or with `-`).

    Exit code 0 when it shows none, 1 when it shows some, 2 when it cannot be read.
    """
    redacted = redact(read_text(file))
    symptoms = recognise(redacted.text)
    target = find_target(redacted.text)
    if as_json:
        from bot.offline_json import recognition

        print_json(recognition(symptoms, target, redacted))
    else:
        for line in _lines(symptoms, target, redacted):
            click.echo(printable(line))
    return 1 if symptoms else 0


def _lines(symptoms: tuple[Symptom, ...], target: Target, redacted: Redacted) -> list[str]:
    lines: list[str] = []
    if not symptoms:
        lines.append("No known failure in this text.")
    for symptom in symptoms:
        said = " ".join(part for part in (symptom.code, symptom.operation) if part)
        lines.append(f"{symptom.id} ({symptom.provider}{', ' + said if said else ''})")
        lines.append(f"  {_meaning(symptom)}")
        lines += [f"  {name}: {value}" for name, value in symptom.fields.items()]
    if target.full_name is not None:
        run = f", run #{target.build_number}" if target.build_number is not None else ""
        step = f", step {target.step}" if target.step else ""
        lines.append(f"About {target.full_name}{run}{step}.")
    if redacted.counts:
        kinds = ", ".join(f"{kind} ({count})" for kind, count in redacted.counts.items())
        lines.append(f"The text holds secrets: {kinds}. Revoke them: whoever could read the text has them.")
    return lines


def _meaning(symptom: Symptom) -> str:
    from knowledge.symptoms.tables import ROWS

    return next(row.meaning for row in ROWS if row.id == symptom.id)
