"""Ctrl-C ends whatever runs, and what follows runs as if nothing had been."""
import os
import signal
import threading

import pytest

import escalate as esc

WORKLOAD = """{name: w, input: [8, 6, 6], layers: [{conv: a, K: 8, kernel: 3}],
defaults: {coefficient_density: 0.5, weight_density: 0.5, activation_density: 0.5}}"""


@pytest.fixture(autouse=True)
def heard():
    """A process that was started in the background ignores the signal."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def simulates(**options):
    program = esc.compile(esc.zoo.resnet50_imagenet)
    return lambda: esc.simulate(program, verify="all", **options)


def compresses(jobs):
    root = os.path.join(os.path.dirname(__file__), "../../workloads/samples")
    network = esc.Network.from_onnx(os.path.join(root, "patterns-resnet8.onnx"))
    return lambda: network.compress(calibrate="patterns", calibration_images=2000, jobs=jobs)


def compiles():
    network = esc.zoo.vgg16_imagenet
    return lambda: esc.compile(network)


def compares():
    network = esc.zoo.resnet50_imagenet
    return lambda: esc.compare(network)


LONG_CALLS = {
    "simulate": simulates,
    "simulate in processes": lambda: simulates(jobs=2),
    "simulate in the cycle view": lambda: simulates(view="cycle"),
    "compile": compiles,
    "compare": compares,
    "compress": lambda: compresses(1),
    "compress in threads": lambda: compresses(2),
}


@pytest.mark.parametrize("name", LONG_CALLS)
def test_an_interrupt_ends_a_call(name, small):
    call = LONG_CALLS[name]()
    cycles = esc.simulate(small).cycles
    timer = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        timer.start()
        call()
        timer.join()
        raise AssertionError("the call ended by itself")
    timer.join()
    assert esc.simulate(small).cycles == cycles


def test_an_interrupted_sweep_goes_on_where_it_was(tmp_path):
    workload, store = tmp_path / "w.yaml", tmp_path / "points.sqlite"
    workload.write_text(WORKLOAD)
    seen = []

    def stop_after_one(done, total):
        seen.append((done, total))
        if done == 1:
            raise KeyboardInterrupt

    study = dict(axes={"blocks": [1, 2, 4]}, workloads=[workload], store=store)
    with pytest.raises(KeyboardInterrupt):
        esc.sweep(**study, progress=stop_after_one)
    assert seen == [(0, 3), (1, 3)]
    seen.clear()
    assert len(esc.sweep(**study, progress=lambda done, total: seen.append((done, total))).points) == 3
    assert seen == [(1, 3), (2, 3), (3, 3)]
