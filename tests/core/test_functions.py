"""Activations, losses and reductions: known values, saturation, leading axes."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator

import numpy as np
import pytest

from sheetnet.core.functions import (
    ACTIVATIONS,
    FUSED,
    LOSSES,
    REDUCTIONS,
    output_delta,
    output_loss,
    reduction_factor,
)

EXTREME = np.array([[800.0, -800.0, 0.0], [-800.0, -800.0, 800.0], [1e308, -1e308, 5.0]])


@pytest.fixture(autouse=True)
def _no_warnings() -> Iterator[None]:
    """Every warning of NumPy is an error here, except underflow to 0, which is the right answer."""
    with warnings.catch_warnings(), np.errstate(over="raise", invalid="raise", divide="raise"):
        warnings.simplefilter("error")
        yield


def test_the_fixture_catches_an_overflow() -> None:
    with pytest.raises(FloatingPointError):
        1.0 / (1.0 + np.exp(-EXTREME))


@pytest.mark.parametrize(
    ("name", "z", "a", "slope"),
    [
        ("identity", -3.0, -3.0, 1.0),
        ("sigmoid", 0.0, 0.5, 0.25),
        ("sigmoid", math.log(3.0), 0.75, 0.1875),
        ("tanh", 0.0, 0.0, 1.0),
        ("tanh", math.log(2.0), 0.6, 0.64),
        ("relu", 2.0, 2.0, 1.0),
        ("relu", 0.0, 0.0, 0.0),
        ("relu", -2.0, 0.0, 0.0),
        ("leaky_relu", 2.0, 2.0, 1.0),
        ("leaky_relu", 0.0, 0.0, 0.01),
        ("leaky_relu", -2.0, -0.02, 0.01),
    ],
)
def test_elementwise_values_and_slopes(name: str, z: float, a: float, slope: float) -> None:
    row = ACTIVATIONS[name]
    zs = np.array([[z]])
    assert row.elementwise
    assert row.value(zs) == pytest.approx(a, rel=1e-15)
    assert row.slope(zs, row.value(zs)) == pytest.approx(slope, rel=1e-15)
    assert row.backward(zs, row.value(zs), 3.0 * np.ones((1, 1))) == pytest.approx(
        3.0 * slope, rel=1e-15
    )


def test_softmax_value_diagonal_and_jacobian() -> None:
    row = ACTIVATIONS["softmax"]
    z = np.log(np.array([[1.0, 2.0, 5.0]]))
    a = row.value(z)
    assert not row.elementwise
    np.testing.assert_allclose(a, [[0.125, 0.25, 0.625]], rtol=1e-15)
    jacobian = np.diag(a[0]) - np.outer(a[0], a[0])
    np.testing.assert_allclose(row.slope(z, a)[0], np.diag(jacobian), rtol=1e-15)
    g = np.array([[0.3, -0.7, 0.2]])
    np.testing.assert_allclose(row.backward(z, a, g), g @ jacobian, rtol=1e-14)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_stay_finite_and_accept_leading_axes(name: str) -> None:
    row = ACTIVATIONS[name]
    z = np.stack([EXTREME, EXTREME[::-1]])
    a = row.value(z)
    delta = row.backward(z, a, np.ones_like(z))
    for array in (a, row.slope(z, a), delta):
        assert array.shape == z.shape
        assert array.dtype == np.float64
        assert np.isfinite(array).all()
    np.testing.assert_array_equal(row.value(z[1]), a[1])


def test_saturated_values_are_the_exact_limits() -> None:
    z = np.array([800.0, -800.0])
    np.testing.assert_array_equal(ACTIVATIONS["sigmoid"].value(z), [1.0, 0.0])
    np.testing.assert_array_equal(ACTIVATIONS["softmax"].value(z), [1.0, 0.0])
    small = ACTIVATIONS["sigmoid"].value(np.array([-700.0]))
    assert small == pytest.approx(math.exp(-700.0), rel=1e-15)


@pytest.mark.parametrize(
    ("name", "a", "y", "value", "slope"),
    [
        ("half_squared_error", [0.75, 0.5], [0.25, 1.0], 0.25, [0.5, -0.5]),
        ("squared_error", [0.75, 0.5], [0.25, 1.0], 0.5, [1.0, -1.0]),
        ("binary_cross_entropy", [0.5, 0.25], [1.0, 0.0], math.log(8 / 3), [-2.0, 4 / 3]),
        ("binary_cross_entropy", [1.0, 0.0], [1.0, 0.0], 0.0, [-1.0, 1.0]),
        ("binary_cross_entropy", [0.5], [0.25], math.log(2.0), [1.0]),
        ("categorical_cross_entropy", [0.25, 0.0], [1.0, 0.0], math.log(4.0), [-4.0, 0.0]),
        ("categorical_cross_entropy", [0.0, 1.0], [1.0, 0.0], math.inf, [-math.inf, 0.0]),
    ],
)
def test_losses_and_their_slopes(
    name: str, a: list[float], y: list[float], value: float, slope: list[float]
) -> None:
    pair = np.array([a]), np.array([y])
    np.testing.assert_allclose(LOSSES[name].value(*pair), [value], rtol=1e-15)
    np.testing.assert_allclose(LOSSES[name].slope(*pair), [slope], rtol=1e-15)


def test_a_loss_outside_its_domain_is_nan_without_a_warning() -> None:
    outside = np.array([[-0.5]]), np.array([[1.0]])
    assert np.isnan(LOSSES["categorical_cross_entropy"].value(*outside)).all()


@pytest.mark.parametrize(
    ("pair", "loss", "delta"),
    [
        (("sigmoid", "binary_cross_entropy"), 1600.0, [1.0, -1.0]),
        (("softmax", "categorical_cross_entropy"), 1600.0, [1.0, -1.0]),
    ],
)
def test_fused_pairs_are_right_where_the_chain_breaks_down(
    pair: tuple[str, str], loss: float, delta: list[float]
) -> None:
    z, y = np.array([[800.0, -800.0]]), np.array([[0.0, 1.0]])
    a = ACTIVATIONS[pair[0]].value(z)
    np.testing.assert_array_equal(output_loss(*pair, z, a, y), [loss])
    np.testing.assert_array_equal(output_delta(*pair, z, a, y), [delta])
    chain = ACTIVATIONS[pair[0]]
    with np.errstate(invalid="ignore"):
        broken = chain.backward(z, a, LOSSES[pair[1]].slope(a, y))
    assert not np.isfinite(broken).all()


@pytest.mark.parametrize("pair", FUSED)
def test_fused_pairs_agree_with_the_chain_where_both_work(pair: tuple[str, str]) -> None:
    rng = np.random.default_rng(3)
    z, y = rng.normal(size=(4, 5, 3)), rng.uniform(0.1, 0.9, (4, 5, 3))
    a = ACTIVATIONS[pair[0]].value(z)
    chain = ACTIVATIONS[pair[0]].backward(z, a, LOSSES[pair[1]].slope(a, y))
    np.testing.assert_allclose(output_delta(*pair, z, a, y), chain, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(output_loss(*pair, z, a, y), LOSSES[pair[1]].value(a, y), rtol=1e-13)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", ["half_squared_error", "squared_error"])
def test_squared_losses_stay_finite_in_saturation(activation: str, loss: str) -> None:
    z, y = np.array([[800.0, -800.0]]), np.array([[0.0, 1.0]])
    a = ACTIVATIONS[activation].value(z)
    assert np.isfinite(output_loss(activation, loss, z, a, y)).all()
    assert np.isfinite(output_delta(activation, loss, z, a, y)).all()


def test_reduction_factors() -> None:
    factors = {name: reduction_factor(name, 4, 5) for name in REDUCTIONS}
    assert factors == {"sum": 1.0, "mean": 0.25, "mean_all": 0.05}
