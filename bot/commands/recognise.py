"""`python -m bot recognise`: what a text shows, by itself."""

from __future__ import annotations

import click

from bot.offline_files import STDIN, print_json, printable, read_paste
from knowledge.pasted import Pasted
from knowledge.symptoms import Symptom, recognise
from knowledge.target import Target
from knowledge.target_text import find_target
from knowledge.token_claims import ClaimValue, ends_at


@click.command("recognise")
@click.argument("file", default=STDIN, required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(file: str, *, as_json: bool) -> int:
    """Say which failures the text of FILE shows (standard input without FILE, or with `-`).

    Exit code 0 when it shows none, 1 when it shows some, 2 when it cannot be read.
    """
    pasted, left_out = read_paste(file)
    symptoms = recognise(pasted.text)
    target = find_target(pasted.text)
    if as_json:
        from bot.offline_json import recognition

        print_json(recognition(symptoms, target, pasted, left_out=left_out))
    else:
        for line in _lines(symptoms, target, pasted, left_out=left_out):
            click.echo(printable(line))
    return 1 if symptoms else 0


def _lines(symptoms: tuple[Symptom, ...], target: Target, pasted: Pasted, *, left_out: bool) -> list[str]:
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
    if pasted.claims is not None:
        lines.append("A token of Bitbucket's in it says (read, not verified):")
        lines += [f"  {name}: {_shown(value)}" for name, value in pasted.claims.items()]
        end = ends_at(pasted.claims)
        if end is not None:
            lines.append(f"  It ends on {end:%Y-%m-%d %H:%M} UTC.")
    if pasted.redactions:
        kinds = ", ".join(f"{kind} ({count})" for kind, count in pasted.redactions.items())
        lines.append(f"The text holds secrets: {kinds}. Revoke them: whoever could read the text has them.")
    if left_out:
        lines.append("The text is very long: its beginning, its end and what shows a failure were looked at.")
    return lines


def _shown(value: ClaimValue) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def _meaning(symptom: Symptom) -> str:
    from knowledge.symptoms.tables import ROWS

    return next(row.meaning for row in ROWS if row.id == symptom.id)
