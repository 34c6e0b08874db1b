import gc
import json
import multiprocessing
import resource
import subprocess

import numpy as np
import pytest

import escalate as esc

LAYER = "C=16,K=16,R=3,H=8,density=0.25,activation_density=0.5"


def test_numbers_are_those_of_the_command_to_the_last_digit(program, small, tmp_path):
    path = tmp_path / "r.json"
    subprocess.run([program, "simulate", "--layer", LAYER, "-q", "-o", path], check=True)
    theirs = json.loads(path.read_text())
    ours = esc.simulate(small).to_dict()
    for part in ("layers", "total", "area_mm2", "energy_table", "config"):
        assert ours[part] == theirs[part]


def test_a_result_says_what_a_run_comes_to(small):
    result = esc.simulate(small, verify="all")
    assert result.cycles == result.layers["cycles"].sum() > 0
    assert result.seconds == pytest.approx(result.cycles / 800e6)
    assert result.energy().sum() == pytest.approx(result.energy_j)
    assert result.energy(per="layer").sum().sum() == pytest.approx(result.energy_j)
    assert result.edp == pytest.approx(result.energy_j * result.seconds)
    assert result.power_w == pytest.approx(result.energy_j / result.seconds)
    assert result.checked_outputs == 16 * 8 * 8
    assert result.counters["macs"] > 0
    assert result.bound_by() in result.limits().columns
    assert result.outputs[0].shape == (16, 8, 8) and result.outputs[0].dtype == np.int8
    assert result._repr_html_().count("data:image/svg+xml") == 3
    assert "<table" in result._repr_html_() and result.to_html().startswith("<!DOCTYPE html>")


def test_both_views_and_any_number_of_jobs_give_the_same(small):
    first = esc.simulate(small).to_dict()
    cycle = esc.simulate(small, view="cycle").to_dict()
    assert [l["cycles"] for l in cycle["layers"]] == [l["cycles"] for l in first["layers"]]
    assert esc.simulate(small, jobs=2).to_dict()["total"] == first["total"]


def test_images_are_arrays(trained):
    images = np.zeros((2, *trained.input_shape), np.float32)
    images[1] = 0.5
    result = esc.simulate(trained, images=images, batch=2)
    assert result.images == 2 and len(result.classes) == 2
    with pytest.raises(esc.UserError):
        esc.simulate(trained, images=np.zeros((1, 1, 2, 2), np.float32))
    with pytest.raises(TypeError, match="array of numbers"):
        esc.simulate(trained, images=np.array([["a"]]))


def test_wider_machines_are_faster(small):
    assert esc.simulate(small, esc.Machine(blocks=16)).cycles < esc.simulate(small, esc.Machine(blocks=1)).cycles


def test_programs_are_kept_and_run_again(small, tmp_path):
    program = esc.compile(small, esc.Machine(blocks=4))
    program.save(tmp_path / "p.program")
    again = esc.Program.load(tmp_path / "p.program")
    assert again.machine.blocks == 4 and again.disassemble() == program.disassemble()
    assert esc.simulate(again).to_dict()["total"] == esc.simulate(program).to_dict()["total"]


def test_results_are_kept(small, tmp_path):
    result = esc.simulate(small)
    result.write(tmp_path / "r.json")
    assert esc.Result.load(tmp_path / "r.json").cycles == result.cycles
    with pytest.raises(esc.UserError, match="ends in"):
        result.write(tmp_path / "r.pdf")


def test_networks_that_are_not_calibrated_are_refused(trained):
    with pytest.raises(esc.UserError, match="calibrat"):
        esc.simulate(trained.compress())


def test_nothing_is_printed_unless_asked(small, capfd):
    esc.simulate(small)
    esc.compare(small, against=["scnn"])
    seen = capfd.readouterr()
    assert seen.out == "" and seen.err == ""


def test_progress_is_told(small):
    seen = []
    esc.simulate(small, progress=seen.append)
    assert seen[-1] == 1


def test_what_progress_raises_ends_the_run(small):
    def stop(done):
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        esc.simulate(small, progress=stop)
    assert esc.simulate(small).cycles > 0


def cycles_of(blocks):
    return esc.simulate(esc.layer(C=16, K=16, R=3, H=8), esc.Machine(blocks=blocks)).cycles


def test_processes_simulate_beside_each_other():
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(cycles_of, [1, 2, 1, 2]) == [cycles_of(1), cycles_of(2)] * 2


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_what_is_given_and_found_goes_between_processes(method, small, trained):
    work = [(small, esc.Machine(blocks=2)), (trained, None), (esc.zoo.resnet20_cifar10, None),
            (esc.compile(small), None)]
    with multiprocessing.get_context(method).Pool(2) as pool:
        results = pool.starmap(esc.simulate, work)
    for (network, machine), result in zip(work, results):
        expected = esc.simulate(network, machine)
        assert result.to_dict()["layers"] == expected.to_dict()["layers"]
        assert all(np.array_equal(a, b) for a, b in zip(result.outputs, expected.outputs))


def test_joblib_runs_simulations(small):
    joblib = pytest.importorskip("joblib", reason="joblib is not installed")
    cycles = joblib.Parallel(n_jobs=2)(joblib.delayed(cycles_of)(blocks) for blocks in (1, 2))
    assert cycles == [cycles_of(1), cycles_of(2)]


def test_a_run_is_a_timeline_if_it_is_asked_for(small, program, tmp_path):
    esc.simulate(small, timeline=True).timeline(tmp_path / "ours.json")
    subprocess.run([program, "simulate", "--layer", LAYER, "-q", "--timeline", tmp_path / "theirs.json"], check=True)
    assert json.loads((tmp_path / "ours.json").read_text()) == json.loads((tmp_path / "theirs.json").read_text())
    with pytest.raises(esc.UserError, match="not asked"):
        esc.simulate(small).timeline(tmp_path / "none.json")


def test_a_thousand_runs_need_no_more_memory_than_a_hundred(small):
    program = esc.compile(small)
    for _ in range(100):
        esc.simulate(program, verify="none")
    gc.collect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(900):
        esc.simulate(program, verify="none")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 8 * 1024
