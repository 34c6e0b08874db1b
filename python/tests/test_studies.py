import io
import json
import subprocess
import sys

import numpy as np
import pytest

import escalate as esc

LAYER = "C=16,K=16,R=3,H=8,density=0.25,activation_density=0.5"
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


def test_networks_are_swept_as_they_are(tmp_path, small, trained):
    found = esc.sweep(axes={"blocks": np.array([2, 4])}, workloads=[small, esc.zoo.resnet20_cifar10, trained],
                      machine=esc.Machine(clock_mhz=500))
    for network in (small, esc.zoo.resnet20_cifar10, trained):
        for blocks in (2, 4):
            result = esc.simulate(network, esc.Machine(blocks=blocks, clock_mhz=500))
            point = found.points[(found.points["workload"] == network.name) & (found.points["blocks"] == blocks)]
            assert point["cycles"].tolist() == [result.cycles], point
            assert point["seconds"].tolist() == [result.seconds]


def test_keys_of_a_specification_are_taken(small):
    found = esc.sweep(axes={"blocks": {"log2": [1, 8]}}, workloads=[small], strategy="random", points=2, seed=3)
    assert len(found.points) == 2
    with pytest.raises(esc.UserError, match="strateg"):
        esc.sweep(axes={"blocks": [1]}, workloads=[small], strategies="random")


def test_the_store_is_that_of_the_command(program, tmp_path, small):
    (tmp_path / "w.yaml").write_text(WORKLOAD)
    (tmp_path / "s.yaml").write_text("workloads: [w.yaml]\naxes: {blocks: [1, 2]}\n")
    subprocess.run([program, "sweep", tmp_path / "s.yaml", "-q"], check=True)
    seen = []
    found = esc.sweep(tmp_path / "s.yaml", progress=lambda done, total: seen.append(done))
    assert seen == [2] and (found.points["status"] == "done").all()
    again = subprocess.run([program, "sweep", tmp_path / "s.yaml", "--json"], check=True, capture_output=True,
                           text=True)
    assert json.loads(again.stdout) == found.to_dict()


def test_mechanisms_are_taken_away_one_at_a_time(program, small, tmp_path):
    ablation = esc.ablate(small)
    table = ablation.table
    assert table.index[0] == "as it is" and table["relative"].iloc[0] == 1
    assert table.loc["no zeros", "relative"] > 1 >= table.loc["ideal.ca", "relative"]
    assert (ablation.layers.sum() == table["cycles"]).all()
    assert table["cycles"].iloc[0] == esc.simulate(small).cycles
    theirs = subprocess.run([program, "ablate", "--layer", LAYER, "--json", "-q"], check=True, capture_output=True,
                            text=True)
    assert json.loads(theirs.stdout) == ablation.to_dict()
    ablation.write(tmp_path / "a.md")
    with pytest.raises(esc.UserError, match="expected one"):
        esc.ablate(small, images=2)


def test_figures_are_the_reports(program, small, tmp_path):
    result = esc.simulate(small)
    result.write(tmp_path / "r.json")
    subprocess.run([program, "report", tmp_path / "r.json", "--chart", "energy", "-o", tmp_path / "theirs.svg"],
                   check=True)
    result.chart("energy").save(tmp_path / "ours.svg")
    assert result.chart("energy", wide=False).svg == (tmp_path / "theirs.svg").read_text()
    with pytest.raises(esc.UserError, match="did you mean 'energy'"):
        result.chart("enrgy")
    with pytest.raises(ValueError, match=".svg"):
        result.chart().save(tmp_path / "ours.png")
    assert esc.compare(small, against=["scnn"]).chart().svg.startswith("<svg")
    assert esc.sweep(axes={"blocks": [1, 2]}, workloads=[small]).chart("pareto").svg.startswith("<svg")
