"""The figures of the course: learning curves, decision maps, histograms of weights (all chapters).

- `learning_curves`, `weight_histogram`: how a run went, and where its weights ended.
- `decision_map`, `decision_maps`: what a network of two inputs says everywhere.
- `contour_path`, `animation_html`: paths over the contour lines of a cost, standing and walking.
- `use_course_style`: the look, and a *contract* for each figure that a notebook shows: in words,
  what a reader can see in it, for the tests to compare. `chaotic` marks what can't be held to its
  numbers.

Every function draws into the `ax` that it is given, or makes one, and returns it, so that a chapter
can add to it. Colours are those of Okabe and Ito, which colour-blind readers can tell apart; lines
differ in their dashes, too, and classes in their markers, so that a grey print still reads.
matplotlib is imported in this package alone.
"""

from course_lib.plots.animation import HEIGHT, SVG_DASHES, WIDTH, Animation, animation_html
from course_lib.plots.artists import chaotic
from course_lib.plots.contract import MIME, contract
from course_lib.plots.curves import QUANTITIES, learning_curves, weight_histogram
from course_lib.plots.maps import contour_path, decision_map, decision_maps
from course_lib.plots.style import COLOURS, DASHES, MARKERS, use_course_style

__all__ = [
    "COLOURS",
    "DASHES",
    "HEIGHT",
    "MARKERS",
    "MIME",
    "QUANTITIES",
    "SVG_DASHES",
    "WIDTH",
    "Animation",
    "animation_html",
    "chaotic",
    "contour_path",
    "contract",
    "decision_map",
    "decision_maps",
    "learning_curves",
    "use_course_style",
    "weight_histogram",
]
