import copy
import pickle

import numpy as np
import pytest

import escalate as esc


def test_parameters_are_attributes_and_items():
    machine = esc.Machine()
    assert machine.ca.lanes == 16 == machine["ca.lanes"]
    machine.ca.lanes = 8
    assert machine["ca.lanes"] == 8
    machine["blocks"] = 4
    assert machine.blocks == 4
    assert esc.Machine(**{"ca.lanes": 8}, blocks=4) == machine
    assert esc.Machine({"ca.lanes": np.int64(8)}, blocks=4) == machine
    assert esc.Machine({"ideal.ca": np.bool_(True)}).ideal.ca is True


def test_copies_are_machines_of_their_own():
    machine = esc.Machine()
    other = machine.copy()
    other.blocks = 2
    assert machine.blocks == 8
    assert pickle.loads(pickle.dumps(other)) == other != machine
    assert copy.deepcopy(other) == other


def test_sizes_are_read_with_units():
    assert esc.Machine(global_buffer_bytes="512KiB").global_buffer_bytes == 524288


def test_every_parameter_is_described():
    table = esc.Machine().describe()
    assert len(table) > 40
    assert table.loc["ca.lanes", "value"] == 16
    assert (table["meaning"] != "").all() and (table["source"] != "").all()


def test_area_is_by_unit():
    machine = esc.Machine()
    assert machine.area().sum() == pytest.approx(machine.area_mm2)
    assert esc.Machine(blocks=4).area_mm2 < machine.area_mm2


def test_unknown_parameters_are_named_with_the_nearest():
    machine = esc.Machine()
    with pytest.raises(esc.UserError, match="did you mean 'ca.lanes'") as error:
        machine["ca.lnes"] = 4
    assert error.value.key == "ca.lnes"
    with pytest.raises(AttributeError, match="no parameter 'lnes'"):
        machine.lnes
    with pytest.raises(esc.UserError, match="expected 1 to 64, got '0'"):
        machine.ca.lanes = 0


def test_files_with_errors_are_named_by_line(tmp_path):
    path = tmp_path / "m.yaml"
    path.write_text("blocks: 4\nrowz: 3\n")
    with pytest.raises(esc.UserError) as error:
        esc.Machine.from_yaml(path)
    assert error.value.file == str(path) and error.value.line == 2 and error.value.key == "rowz"


def test_a_machine_reads_what_it_writes(tmp_path):
    machine = esc.Machine(blocks=4, **{"ca.pattern": "T<2,5>"})
    path = tmp_path / "m.yaml"
    path.write_text(machine.to_yaml())
    assert esc.Machine.from_yaml(path) == machine
