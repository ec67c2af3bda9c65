"""An answer as a Slack message: the same answer gives the same bytes.

Whatever came from outside goes into `rich_text` or `plain_text`, which Slack does not parse, or is
escaped; so nobody's paste can ping, link or format.
"""

from __future__ import annotations

from dataclasses import replace

from handlers.ports import Reply
from handlers.render.blocks import Block, actions, button, context, rich, section
from handlers.render.diagnosis import diagnosis_body
from handlers.render.escape import leaves, plain
from handlers.render.history import history_blocks
from handlers.render.likeness import evidence_digests
from handlers.render.limits import cut, cut_end
from handlers.render.problems import not_seen, seen_in
from handlers.render.proof import proof_blocks
from handlers.render.text import first_sentence, headline_of, leading, message_text
from knowledge.answer import Answer, Kind, LoginRecord
from knowledge.file_secrets import without_secrets
from knowledge.finding import Verdict
from knowledge.redact import redact
from knowledge.target import Target

__all__ = ["CHOICE", "WITH_POLICY", "edited_away", "render"]

EVENT_TYPE = "rolecall_reply"

_NOTE = 900
_HEADLINE = 300
_WARNING = 400
_POSSIBLE = 3
CHOICE = "choose_run_"
"""What the action ids of the choices begin with; their number follows."""
WITH_POLICY = "with-policy"
"""What the buttons say beside the job where the answer was made with a trust policy that a person pasted."""
_MOST_CHOICES = 5
_LABEL = 60
_EDITED_AWAY = (
    "The message above was edited, and shows no failure any more that Rolecall knows. "
    "What stood here was about its earlier text."
)


def render(answer: Answer, job: str) -> Reply:
    """The reply to the paste `job`: blocks, the text for notifications, metadata and the mark."""
    answer = replace(
        answer,
        # What was said of the run beside the file's diagnosis names steps, too.
        diagnosis=without_secrets(answer.diagnosis),
        run_line=redact(answer.run_line).text,
        note=redact(answer.note).text,
    )
    match answer.kind:
        case Kind.DIAGNOSIS:
            return _diagnosis(answer, job)
        case Kind.QUESTION:
            return _question(answer, job)
        case Kind.REFUSAL:
            again = button("choose_repository", "Name another repository", job)
            return _note(answer, job, reaction="grey_question", buttons=[again])
        case Kind.APOLOGY:
            return _note(answer, job, reaction="warning", buttons=[button("recheck", "Check again", job)])


def _diagnosis(answer: Answer, job: str) -> Reply:
    proof = proof_blocks(answer)
    # Any process may be asked next, and the policy is with the one that judged it.
    value = f"{job} {WITH_POLICY}" if answer.with_policy else job
    buttons = [button("recheck", "Check again", value)]
    if proof:
        buttons.append(button("proof", "Show the whole proof", value))
    if answer.asks_for_policy:
        buttons.append(button("paste_policy", "Paste the trust policy", job))
    lead = leading(answer.diagnosis)
    if lead is not None:
        buttons.append(button("feedback_up", "Yes, this was it", job))
        buttons.append(button("feedback_down", "No, it was not", job))
    closing = [*history_blocks(answer), *_choices(answer, job), *_warning(answer)]
    closing.append(actions(buttons, _closing_id(answer)))
    body = diagnosis_body(answer, _block_id(job), closing)
    reaction = "grey_question" if lead is None else "white_check_mark"
    return _reply(answer, job, body.text, [*body.blocks, *closing], reaction, proof)


def _question(answer: Answer, job: str) -> Reply:
    """What the text alone shows, and the question for the repository."""
    note = answer.note or f"{seen_in(answer.symptoms)} Which repository is it?".strip()
    first, rest = first_sentence(cut_end(note, _NOTE))
    elements = [section(leaves(first, bold=True))]
    if rest:
        elements.append(section(leaves(rest)))
    blocks: list[Block] = [rich(elements, _block_id(job))]
    lead = leading(answer.diagnosis)
    findings = answer.diagnosis.findings if lead is not None else ()
    possible = [headline_of(finding) for finding in findings if finding.verdict is not Verdict.UNDETERMINED]
    if possible:
        blocks.append(context(*(cut_end(line, _HEADLINE) for line in possible[:_POSSIBLE])))
    ask = button("choose_repository", "Name the repository", job, primary=True)
    blocks += [*_choices(answer, job), *_warning(answer), actions([ask], _closing_id(answer))]
    return _reply(answer, job, message_text(first, rest), blocks, "grey_question", [])


def _choices(answer: Answer, job: str) -> list[Block]:
    """A button for each thing that may be meant. Its value comes back as a hint and is judged anew."""
    buttons = []
    for number, choice in enumerate(answer.choices[:_MOST_CHOICES]):
        build = f"#{choice.build_number}" if choice.build_number is not None else ""
        label = plain(cut(choice.label, _LABEL))[:75]
        buttons.append(button(f"{CHOICE}{number}", label, f"{job} {choice.repository}{build}"))
    return [actions(buttons, "choices")] if buttons else []


def _note(answer: Answer, job: str, *, reaction: str, buttons: list[Block]) -> Reply:
    """A reply that is one sentence."""
    note = answer.note or "There is no diagnosis for this message."
    blocks: list[Block] = [rich([section(leaves(cut_end(note, _NOTE)))], _block_id(job))]
    unseen = not_seen(answer.diagnosis.unread, 3)
    if unseen:
        blocks.append(context(*(cut_end(line, _HEADLINE) for line in unseen)))
    blocks += [*_warning(answer), actions(buttons, _closing_id(answer))]
    return _reply(answer, job, message_text(note), blocks, reaction, [])


def edited_away(job: str) -> Reply:
    """What takes the place of an answer when its paste was edited, and shows no failure any more."""
    answer = Answer(kind=Kind.REFUSAL, target=Target(), note=_EDITED_AWAY)
    blocks = [rich([section(leaves(_EDITED_AWAY))], _block_id(job))]
    said = _reply(answer, job, message_text(_EDITED_AWAY), blocks, "", [])
    return replace(said, only_in_place=True)


def _reply(
    answer: Answer, job: str, text: str, blocks: list[Block], reaction: str, proof: list[Block]
) -> Reply:
    payload = {"kind": answer.kind.value, "cause": answer.cause, "verdict": answer.verdict, "job": job}
    return Reply(
        kind=answer.kind.value,
        text=text,
        blocks=blocks,
        metadata={"event_type": EVENT_TYPE, "event_payload": payload},
        reaction=reaction,
        cause=answer.cause,
        verdict=answer.verdict,
        proof=proof,
        awaits_record=answer.login_record is LoginRecord.AWAITED,
        run=answer.run_url or "",
        again_in=answer.again_in,
        repository=(answer.target.full_name or "") if answer.kind is Kind.DIAGNOSIS else "",
        role=answer.role,
        evidence=evidence_digests(answer),
        short=answer.history is not None and answer.history.same,
        with_policy=answer.with_policy,
    )


def _warning(answer: Answer) -> list[Block]:
    """The line about secrets in the message, whatever the answer is."""
    return [context(cut_end(answer.warning, _WARNING))] if answer.warning else []


def _block_id(job: str) -> str:
    return f"rolecall:{job}"[:255]


def _closing_id(answer: Answer) -> str:
    """The buttons' block carries the cause, for answers that have no metadata (ephemeral ones)."""
    return f"cause:{answer.cause or 'none'}"
