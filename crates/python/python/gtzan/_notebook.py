"""What notebooks show of a verdict: bars of the genres, a strip of the clips, and a player."""

import base64
import html
import io
import wave

import numpy as np

from ._gtzan import Prediction

SHOWN = 5
PLAYED_SECONDS = 30.0
RATE = 22050
COLOURS = ("#1f6fb2", "#c95500", "#1a7f37", "#b04a98", "#8a6d00", "#cf222e", "#0a8f8f", "#7a6ff0", "#6b9a00", "#858f99")


def prediction(verdict: Prediction) -> str:
    """A verdict as HTML that needs nothing from elsewhere."""
    colours = {genre: COLOURS[at % len(COLOURS)] for at, genre in enumerate(sorted(genre for genre, _ in verdict.top))}
    doubt = f" ({html.escape(verdict.doubt.replace('_', ' '))})" if verdict.doubt else ""
    parts = [
        '<div style="font-family:sans-serif;max-width:40em">',
        f"<div><b>{html.escape(verdict.genre)}</b>{doubt} · {html.escape(verdict.path)}</div>",
        *(_bar(genre, probability, colours[genre]) for genre, probability in verdict.top[:SHOWN]),
        _strip(verdict, colours),
        _player(verdict),
        "</div>",
    ]
    return "".join(parts)


def _bar(genre: str, probability: float, colour: str) -> str:
    share = f"{100 * probability:.1f}&nbsp;%"
    return (
        '<div style="display:flex;gap:.5em;align-items:center">'
        f'<span style="width:7em">{html.escape(genre)}</span>'
        f'<span style="background:{colour};height:.8em;width:{20 * probability:.2f}em"></span><span>{share}</span></div>'
    )


def _strip(verdict: Prediction, colours: dict[str, str]) -> str:
    """The clips in time, each in the colour of its genre."""
    if len(verdict.clips) < 2:
        return ""
    cells = []
    for clip in verdict.clips:
        colour = colours.get(clip["genre"], "#ddd")
        told = f"{clip['start']:.0f} s: {clip['genre']} {100 * clip['probability']:.0f} %"
        cells.append(f'<span title="{html.escape(told)}" style="flex:1;background:{colour};height:1em"></span>')
    return f'<div style="display:flex;gap:1px;margin:.3em 0">{"".join(cells)}</div>'


def _player(verdict: Prediction) -> str:
    """The start of the song, decoded, so that a browser plays it whatever it was."""
    try:
        samples = verdict.audio(PLAYED_SECONDS)
    except (OSError, ValueError):
        # It was there when it was judged; the verdict stands without it.
        return ""
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((32767 * np.clip(samples, -1, 1)).astype("<i2").tobytes())
    data = base64.b64encode(sound.getvalue()).decode()
    return f'<audio controls src="data:audio/wav;base64,{data}"></audio>'
