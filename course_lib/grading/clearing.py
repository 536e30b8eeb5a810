"""What nbgrader does with the sets' notebooks beyond its own steps."""

from __future__ import annotations

from typing import Any

from nbgrader.preprocessors import ClearSolutions


class ClearAnswers(ClearSolutions):  # type: ignore[misc]
    """Takes the solutions out of a notebook; lines that students fill in stay as they are."""

    def preprocess_cell(
        self, cell: Any, resources: dict[str, Any], cell_index: int
    ) -> tuple[Any, dict[str, Any]]:
        """Clear one cell."""
        if "reply" in cell.metadata.get("tags", []):
            return cell, resources
        cleared: tuple[Any, dict[str, Any]] = super().preprocess_cell(cell, resources, cell_index)
        return cleared
