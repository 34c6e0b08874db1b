import io
import sys

import pytest

import escalate as esc

WORKLOAD = """{name: w, input: [8, 6, 6], layers: [{conv: a, K: 8, kernel: 3}],
defaults: {coefficient_density: 0.5, weight_density: 0.5, activation_density: 0.5}}"""


def test_other_accelerators_stand_beside_the_machine(small):
    comparison = esc.compare(small, against=["eyeriss", "scnn"])
    table = comparison.table
    assert list(table.index) == ["escalate", "eyeriss", "scnn"]
    assert table.loc["escalate", "speedup"] == 1
    assert table.loc["scnn", "speedup"] == pytest.approx(
        table.loc["scnn", "seconds"] / table.loc["escalate", "seconds"])
    assert set(["eyeriss", "scnn"]) <= set(esc.accelerators())
    with pytest.raises(esc.UserError, match="did you mean 'scnn'"):
        esc.compare(small, against=["scn"])
    with pytest.raises(ValueError, match="iso"):
        esc.compare(small, iso="watts")


def test_a_sweep_runs_points_and_keeps_them(tmp_path):
    workload = tmp_path / "w.yaml"
    workload.write_text(WORKLOAD)
    store = tmp_path / "points.sqlite"
    axes = {"blocks": [1, 2], "ca.lanes": [8, 16]}
    found = esc.sweep(axes=axes, workloads=[workload], store=store)
    points = found.points
    assert len(points) == 4 and (points["status"] == "done").all()
    assert set(points["blocks"]) == {1, 2}
    assert len(found.pareto()) >= 1 and set(found.pareto()["on_front"]) == {True}
    assert set(found.sensitivity()["axis"]) == {"blocks", "ca.lanes"}
    again = esc.sweep(axes=axes, workloads=[workload], store=store)
    assert again.points["cycles"].tolist() == points["cycles"].tolist()
    for _, point in points.iterrows():
        network = esc.Network.from_yaml(workload)
        machine = esc.Machine(**{axis: int(point[axis]) for axis in axes})
        assert esc.simulate(network, machine).cycles == point["cycles"]


def test_a_wrong_axis_is_named(tmp_path):
    workload = tmp_path / "w.yaml"
    workload.write_text(WORKLOAD)
    with pytest.raises(esc.UserError, match="ca.lnes"):
        esc.sweep(axes={"ca.lnes": [4]}, workloads=[workload])
    with pytest.raises(ValueError, match="either"):
        esc.sweep()


def test_a_bar_is_drawn_in_terminals_alone(tmp_path, monkeypatch, capfd):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    workload = tmp_path / "w.yaml"
    workload.write_text(WORKLOAD)
    study = dict(axes={"blocks": [1, 2]}, workloads=[workload])
    esc.sweep(**study)
    seen = capfd.readouterr()
    assert seen.out == "" and seen.err == ""
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", Terminal())
        esc.sweep(**study)
        assert sys.stderr.getvalue().endswith("2/2 points\n")
        sys.stderr.truncate(0)
        esc.sweep(**study, progress=False)
        assert sys.stderr.getvalue() == ""
