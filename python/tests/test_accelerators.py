"""Accelerators of the user's own, written in Python."""
import json

import numpy as np
import pytest

import escalate as esc


FILLS = {"fills": 1}


class Dense(esc.Accelerator):
    name = "mine"
    title = "Mine (2026)"
    multipliers = 256
    multipliers_of_unit = 32
    pad_words = 16

    def run(self, layer):
        cycles = -(-layer.macs // self.multipliers)
        return esc.Run(cycles, macs=layer.pairs, dram_read_bytes=layer.weights.size, counters={"fills": cycles})

    def parts(self):
        return [esc.Part("multipliers", "multiplier", {"width_a": 8, "width_b": 8}, self.multipliers,
                         {"multiply": "macs"}),
                esc.Part("pads", "register_file", {"width": 8, "depth": self.pad_words}, self.multipliers,
                         {"read": ("macs", 2), "write": "fills"}, group="scratchpads"),
                esc.Part("buffer", "sram", {"width": 64, "depth": self.activation_bytes / 8}, 1, {"read": "fills"})]


def changed(**members):
    return type("Changed", (Dense,), members)()


def test_one_stands_beside_the_machine_and_the_others(small):
    comparison = esc.compare(small, against=["eyeriss", Dense(), "scnn"])
    assert list(comparison.table.index) == ["escalate", "eyeriss", "mine", "scnn"]
    mine = comparison.results[2]
    layer = mine.to_dict()["layers"][0]
    assert layer["counters"]["macs"] > 0 and layer["counters"]["fills"] == 16 * 16 * 9 * 8 * 8 / 256
    assert {"multipliers", "scratchpads", "buffer"} <= set(mine.energy().index)
    assert mine.area_mm2 > 0 and mine.energy_j > 0
    json.dumps(comparison.to_dict())


def test_runs_see_the_layer_as_it_is():
    seen = {}

    def run(self, layer):
        seen.update({name: getattr(layer, name) for name in dir(layer) if not name.startswith("_")})
        seen["layer"] = layer
        return Dense.run(self, layer)

    network = esc.layer(C=8, K=4, R=3, S=1, H=6, W=5, stride=2, pad=1, density=0.5, activation_density=0.25)
    result = esc.compare(network, against=[changed(run=run, skips="all zeros")]).results[1]
    assert (seen["C"], seen["K"], seen["R"], seen["S"], seen["H"], seen["W"]) == (8, 4, 3, 1, 6, 5)
    assert seen["stride"] == (2, 2) and seen["padding"] == (1, 1, 1, 1) and seen["kind"] == "conv"
    weights, inputs = seen["weights"], seen["inputs"]
    assert weights.shape == (4, 8, 3, 1) and weights.dtype == bool and inputs.shape == (1, 8, 6, 5)
    padded = np.pad(inputs[0], ((0, 0), (1, 1), (1, 1)))
    windows = [padded[:, 2 * p:2 * p + 3, 2 * q:2 * q + 1] for p in range(seen["P"]) for q in range(seen["Q"])]
    pairs = sum(int((weights & window).sum()) for window in windows)
    assert seen["pairs"] == pairs == result.to_dict()["layers"][0]["counters"]["macs"]
    with pytest.raises(ValueError, match="while run"):
        seen["layer"].weights


def test_its_numbers_are_parameters_in_the_result(small):
    accelerator = Dense()
    accelerator.pad_words = 32
    config = esc.compare(small, against=[accelerator]).results[1].to_dict()["config"]
    assert config["pad_words"] == 32 and config["multipliers"] == 256
    assert config["activation_bytes"] == esc.Machine().global_buffer_bytes
    assert accelerator.activation_bytes == 0


def test_it_is_made_as_large_as_the_machine(small):
    result = esc.compare(small, against=[Dense()], iso="mac").results[1]
    assert result.to_dict()["config"]["multipliers"] == pytest.approx(esc.Machine().multipliers, abs=32)
    area = esc.compare(small, against=[Dense()], iso="area")
    assert area.results[1].area_mm2 == pytest.approx(area.results[0].area_mm2, rel=0.1)


@pytest.mark.parametrize("run, message", [
    (lambda self, layer: esc.Run(10**6, layer.pairs - 1, counters=FILLS), "products, expected"),
    (lambda self, layer: esc.Run(1, layer.pairs, counters=FILLS), "utilization above 1"),
    (lambda self, layer: esc.Run(10**6, layer.pairs, counters=FILLS, idle={"fill": 1}), "multiplier cycles of"),
    (lambda self, layer: esc.Run(10**6, layer.pairs, -1, counters=FILLS), "below 0"),
    (lambda self, layer: esc.Run(10**6, layer.pairs), "charged by 'fills', which run"),
])
def test_a_run_that_breaks_a_law_is_refused(small, run, message):
    with pytest.raises(esc.UserError, match=message) as error:
        esc.compare(small, against=[changed(run=run)])
    assert error.value.file == "accelerator mine"


def test_what_it_raises_comes_out_as_it_is(small):
    def run(self, layer):
        raise LookupError(layer.name)

    with pytest.raises(LookupError, match="layer"):
        esc.compare(small, against=[changed(run=run)])
    with pytest.raises(TypeError, match="has to return an escalate.Run, not 3"):
        esc.compare(small, against=[changed(run=lambda self, layer: 3)])
    with pytest.raises(TypeError, match="Run.cycles has to be a whole number, not 1.5"):
        esc.compare(small, against=[changed(run=lambda self, layer: esc.Run(1.5, 0))])
    with pytest.raises(ValueError, match="skips: expected"):
        esc.compare(small, against=[changed(skips="some")])
    with pytest.raises(NotImplementedError, match="lacks run"):
        esc.compare(small, against=[type("Empty", (esc.Accelerator,), {"name": "empty", "multipliers": 1})()])


def test_names_that_are_taken_or_wrong_are_refused(small):
    with pytest.raises(esc.UserError, match="eyeriss"):
        esc.compare(small, against=[changed(name="eyeriss")])
    with pytest.raises(esc.UserError, match="other characters"):
        esc.compare(small, against=[changed(name="a b")])
    with pytest.raises(TypeError, match="objects of escalate.Accelerator"):
        esc.compare(small, against=[Dense])
