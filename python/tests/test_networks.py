import numpy as np
import pytest

import escalate as esc

from conftest import ROOT
from quantized_file import with_far_weights


def test_the_zoo_comes_with_the_package():
    assert "resnet20-cifar10" in list(esc.zoo) and len(esc.zoo) >= 12
    network = esc.zoo.resnet20_cifar10
    assert network.input_shape == (3, 32, 32) and network.macs == pytest.approx(40.6e6, rel=0.01)
    assert "resnet20_cifar10" in dir(esc.zoo)
    with pytest.raises(AttributeError, match="resnet20-cifar10"):
        esc.zoo.resnet21_cifar10


def test_layers_are_made_of_sizes():
    network = esc.layer(C=64, K=32, R=3, H=14, density=0.1)
    assert network.layers["macs"].sum() == 64 * 32 * 9 * 14 * 14
    with pytest.raises(esc.UserError, match="did you mean"):
        esc.layer(C=64, K=32, densty=0.1)


def test_trained_networks_are_compressed_and_evaluated(trained):
    images = np.random.default_rng(1).random((4, *trained.input_shape), np.float32)
    small = trained.compress(basis=4, calibrate=images, calibration_images=4)
    assert small.is_calibrated
    found = small.evaluate(images, labels=[0, 1, 2, 3])
    assert found["images"] == 4 and 0 <= found["top1"] <= 1 and 0 <= found["top1_int8"] <= 1
    assert esc.simulate(small, images=images[:1], verify="all").checked_outputs > 0


def test_networks_are_pruned_to_patterns(trained):
    plain = esc.Network.from_onnx(ROOT / "workloads/samples/resnet20-cifar10-pruned.onnx")
    images = dict(calibrate="synthetic", calibration_images=1, refit=False)
    assert esc.simulate(plain.compress(weight_pattern="2:4", **images)).cycles > 0
    sparse = plain.compress(coefficient_pattern="1:4", **images)
    assert esc.simulate(sparse).energy_j < esc.simulate(plain.compress(**images)).energy_j
    with pytest.raises(esc.UserError, match="weight_pattern"):
        plain.compress(weight_pattern="5:4")
    with pytest.raises(esc.UserError, match="coefficient_pattern.*more than 1 of 4"):
        trained.compress(coefficient_pattern="1:4")


def test_strides_of_first_layers_are_folded_or_refused(trained):
    folded = trained.compress(fold_strides=True)
    assert folded.input_shape == trained.input_shape
    assert folded.layers["input"].iloc[0][0] == 4 * trained.input_shape[0]
    plain = esc.Network.from_onnx(ROOT / "workloads/samples/resnet20-cifar10-pruned.onnx")
    with pytest.raises(esc.UserError, match="its stride cannot be folded: expected equal strides above 1, got 1 and 1"):
        plain.compress(fold_strides=True)


def test_compressed_networks_are_onnx_files(trained, tmp_path):
    trained.save_onnx(tmp_path / "n.onnx")
    assert esc.Network.from_onnx(tmp_path / "n.onnx").macs == trained.macs


def test_weights_whose_steps_int8_has_not_are_refused_unless_asked(tmp_path):
    (tmp_path / "far.onnx").write_bytes(with_far_weights())
    network = esc.Network.from_onnx(tmp_path / "far.onnx")
    with pytest.raises(esc.UserError, match=r"'c' \(up to 255 from the zero point\).*\(requantize rounds"):
        network.compress()
    assert not network.compress(requantize=True).is_calibrated


def test_options_are_called_what_they_are_here(trained):
    with pytest.raises(esc.UserError, match="^pointwise_terms: expected at least 1"):
        trained.compress(pointwise_terms=0)


def test_files_that_are_not_networks_are_refused(tmp_path):
    (tmp_path / "n.onnx").write_bytes(b"no network")
    with pytest.raises(esc.UserError) as error:
        esc.Network.from_onnx(tmp_path / "n.onnx")
    assert error.value.file == str(tmp_path / "n.onnx")
