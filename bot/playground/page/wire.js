// What the page and the server say to each other: JSON over this origin, and nothing else.

/** Post `body` to the server; the answer's JSON. Raises an Error whose message can be shown. */
export async function send(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error || `The playground answered ${response.status}.`);
  return answer;
}

/** Ask for the channel's state for ever; `show` gets each new one, `lost` a sentence or an empty string. */
export async function follow(show, lost) {
  let revision = -1;
  for (;;) {
    let state = null;
    try {
      const response = await fetch(`state?after=${revision}`);
      if (response.ok) state = await response.json();
    } catch {
      // Nobody listens; said below.
    }
    if (!state) {
      lost("The playground has stopped. Start it again, then reload.");
      await new Promise((resolve) => setTimeout(resolve, 1500));
      continue;
    }
    lost("");
    if (state.revision !== revision) show(state);
    revision = state.revision;
  }
}
