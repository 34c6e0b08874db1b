"""PyTorch modules and DataLoaders; skipped where PyTorch is not installed."""
import numpy as np
import pytest

import escalate as esc

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
pytest.importorskip("onnx", reason="the package onnx is not installed")


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(1)
    return torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3, padding=1), torch.nn.BatchNorm2d(8), torch.nn.ReLU(),
                               torch.nn.Conv2d(8, 8, 3, padding=1), torch.nn.ReLU(), torch.nn.Flatten(),
                               torch.nn.Linear(8 * 36, 4))


@pytest.fixture(scope="module")
def loader():
    images = torch.rand(20, 3, 6, 6)
    return torch.utils.data.DataLoader(torch.utils.data.TensorDataset(images, torch.arange(20) % 4), batch_size=8)


def test_a_module_is_a_network_and_is_left_as_it_was(model, capfd):
    model.train()
    network = esc.Network.from_torch(model, torch.zeros(1, 3, 6, 6))
    assert network.input_shape == (3, 6, 6) and len(network.layers) == 3
    assert model.training and network.class_names is None and network.name == "Sequential"
    assert capfd.readouterr().out == ""


def test_its_values_are_the_modules(model, loader):
    found = esc.torch.activations(model, loader)
    network = esc.Network.from_torch(model, torch.zeros(1, 3, 6, 6))
    with torch.no_grad():
        classes = model.eval()(torch.from_numpy(found.images)).argmax(1)
    right = float((classes == torch.tensor(found.labels)).float().mean())
    assert network.evaluate(found)["top1"] == pytest.approx(right)


def test_activations_are_what_a_module_sees(model, loader):
    model.train()
    found = esc.torch.activations(model, loader, images=10)
    assert model.training and len(found) == 10 and found.images.dtype == np.float32
    assert found.labels == [number % 4 for number in range(10)]
    assert list(found.layers.index) == ["0", "3", "6"] and found.layers.loc["3", "input"] == (8, 6, 6)
    assert found.layers.loc["0", "density"] == 1 and 0 < found.layers.loc["3", "density"] < 1
    assert found.layers.loc["0", "largest"] == pytest.approx(found.images.max())
    assert not any(module._forward_pre_hooks for module in model.modules())


def test_they_calibrate_and_run(model, loader):
    found = esc.torch.activations(model, loader)
    network = esc.Network.from_torch(model, torch.zeros(1, 3, 6, 6), class_names=["a", "b", "c", "d"])
    ternary = network.compress(basis=4, calibrate=found, direct=["*"])
    result = esc.simulate(ternary, images=found, verify="all", jobs=2)
    assert result.checked_outputs > 0 and result.images == 20
    assert result.predictions == ["abcd"[number] for number in result.classes]


def test_pixels_are_scaled_by_mean_and_std(model, tmp_path):
    image = pytest.importorskip("matplotlib.image")
    pixels = np.full((6, 6, 3), (10, 100, 200), np.uint8)  # of one colour, which resizing leaves as it is
    image.imsave(tmp_path / "i.png", pixels)
    mean, std = [0.1, 0.2, 0.3], [0.5, 0.6, 0.7]
    network = esc.Network.from_torch(model, torch.zeros(1, 3, 6, 6), mean=mean, std=std)
    scaled = ((pixels / 255 - mean) / std).astype(np.float32).transpose(2, 0, 1)[np.newaxis]
    ternary = network.compress(calibrate=scaled, direct=["*"])
    of_file = esc.simulate(ternary, images=f"image:{tmp_path / 'i.png'}").outputs
    assert np.array_equal(of_file[0], esc.simulate(ternary, images=scaled).outputs[0])
    with pytest.raises(esc.UserError, match="expected 3 numbers, got 2"):
        esc.Network.from_torch(model, torch.zeros(1, 3, 6, 6), mean=[0, 0], std=[1, 1])
    with pytest.raises(ValueError, match="both or neither"):
        esc.Network.from_torch(model, torch.zeros(1, 3, 6, 6), mean=mean)


def test_loaders_of_something_else_are_refused(model):
    with pytest.raises(TypeError, match=r"\[n\]\[C\]\[H\]\[W\]"):
        esc.torch.activations(model, [{"image": 1}])
    with pytest.raises(ValueError, match="no image"):
        esc.torch.activations(model, [])
