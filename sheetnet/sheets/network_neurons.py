"""The neurons of the sheet `Network`, their targets and the edges between them.

Knows: what stands in the cells of a neuron and of a layer that is a strip. Does not know how lines
are drawn (see `network_edges`), nor the rest of the sheet.
"""

from __future__ import annotations

from sheetnet.formulas.place import Area
from sheetnet.sheets import network_edges, network_maps, network_strips, network_words
from sheetnet.sheets.network_board import KINDS, TITLES, TOP, Board
from sheetnet.sheets.network_state import SHEET


def neurons(board: Board) -> None:
    """Every layer from the inputs on, and the targets."""
    network, labels = board.network, board.labels
    for layer in range(network.layers + 1):
        column, count = 1 + 2 * layer, network.sizes[layer]
        title = "inputs" if layer == 0 else labels.layer_title(layer)
        board.canvas.text(TITLES, column, title, "node_title")
        if layer:
            name = network.activations[layer - 1].replace("_", " ")
            board.canvas.text(KINDS, column, name, "node_kind")
        if layer in board.strips:
            _strip(board, layer, column)
            continue
        areas: dict[str, list[Area]] = {"a": [], "z": [], "delta": []}
        for n in range(count):
            row = board.row_of(layer, n)
            style = "node" if layer else "node_input"
            areas["a"].append(
                board.copy(f"Net_a_{layer}_{n}", (row, column), style, f"Draw_a_{layer}", n)
            )
            for below, quantity in enumerate(("z", "delta") if layer else (), start=1):
                areas[quantity].append(
                    board.copy(
                        f"Net_{quantity}_{layer}_{n}",
                        (row + below, column),
                        f"node_{quantity}",
                        f"Draw_{quantity}_{layer}",
                        n,
                    )
                )
        if layer:
            board.veil(areas["a"], "node", network_words.STAGE_OF_FORWARD)
            board.veil(areas["z"], "node_z", network_words.STAGE_OF_FORWARD)
            board.veil(areas["delta"], "node_delta", network_words.STAGE_OF_DELTA)
            half = network_maps.half_of(network.activations[layer - 1])
            board.band(areas["a"], "node", half)
            board.band_by(areas["delta"], "node_delta", f"Draw_delta_{layer}")
    _targets(board)


def _strip(board: Board, layer: int, column: int) -> None:
    """A layer of many neurons: a cell a neuron, and below it what they are together."""
    source, count = f"Draw_a_{layer}", board.network.sizes[layer]
    at = board.row_of(layer, 0), column
    area = board.put(
        f"Net_a_{layer}",
        at,
        "strip",
        *network_strips.column_of(source),
        shape=(count, 1),
        moment=None,
        called=f"a_{layer}",
    )
    areas = [area]
    for down, (key, words, rule) in enumerate(network_strips.summed_up(source)):
        where = area.row + count + down, column
        areas.append(board.words(f"Net_{key}_{layer}", where, "strip_words", words, rule))
    if layer:
        board.veil(areas[:1], "strip", network_words.STAGE_OF_FORWARD)
        board.veil(areas[1:], "strip_words", network_words.STAGE_OF_FORWARD, "unsaid")
        half = network_maps.half_of(board.network.activations[layer - 1])
    else:
        half = 1.0
    board.band(areas[:1], "strip", half)


def _sum_of_weights(board: Board, layer: int) -> None:
    """In place of too many edges: how many there are, their mean and their ends."""
    count = board.network.sizes[layer] * board.network.sizes[layer - 1]
    row, column = TOP + board.tallest // 2 - 1, 2 * layer
    board.canvas.text(row, column, f"{count:,} weights", "strip_words")
    weights = f"Net_W_{layer}"
    for down, (key, words, rule) in enumerate(network_strips.summed_up(weights), start=1):
        name, at = f"Net_{key}_W_{layer}", (row + down, column)
        area = board.words(name, at, "strip_words", words, rule)
        board.veil([area], "strip_words", network_words.STAGE_OF_FORWARD, "unsaid")


def _targets(board: Board) -> None:
    last, column = board.network.layers, board.target_column
    board.canvas.text(TITLES, column, "targets", "node_title")
    if last in board.strips:
        made = network_strips.column_of("Draw_targets")
        at, count = (board.row_of(last, 0), column), board.network.sizes[-1]
        area = board.put(
            "Net_targets", at, "strip", *made, shape=(count, 1), moment=None, called="target"
        )
        board.veil([area], "strip", 3)
        return
    areas = [
        board.copy(
            f"Net_target_{n}",
            (board.row_of(last, n), column),
            "node_target",
            "Draw_targets",
            n,
        )
        for n in range(board.network.sizes[-1])
    ]
    board.veil(areas, "node_target", 3)


def edges(board: Board) -> None:
    """Between any two layers the lines of the weights; beside a strip what they are together."""
    network_edges.classes(board.live)
    for layer in range(1, board.network.layers + 1):
        if layer not in board.tiled:
            _sum_of_weights(board, layer)
            continue
        gap = Area(SHEET, TOP, 2 * layer, board.tallest, 1)
        heights = [
            [
                board.tallest - (board.row_of(at, n) - TOP) - 0.5
                for n in range(board.network.sizes[at])
            ]
            for at in (layer - 1, layer)
        ]
        board.sheet.charts.append(network_edges.draw(board.live, layer, gap, *heights))
