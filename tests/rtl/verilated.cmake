# What of rtl/ is compared with the model, and for which parameters. Few and small: each costs
# compile time. And that it can be synthesized: no latches, loops or undriven wires.
find_program(YOSYS yosys)
if(YOSYS)
  add_test(NAME Synthesizable.pe_row COMMAND ${YOSYS} -q -p
    "read_verilog -sv rtl/*.sv; hierarchy -check -top pe_row; proc; flatten; opt_clean; \
     select -assert-none t:$dlatch; check -assert" WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
else()
  add_test(NAME Synthesizable.pe_row COMMAND ${CMAKE_COMMAND} -E echo
    "SKIPPED: yosys is not installed")
endif()
set_tests_properties(Synthesizable.pe_row PROPERTIES LABELS ${label_prefix}rtl
  SKIP_REGULAR_EXPRESSION SKIPPED)

include(Verilated)
if(NOT verilator_FOUND)
  message(STATUS "verilator not found: the RTL is not compared with the model")
  add_test(NAME Rtl.EqualsTheModel COMMAND ${CMAKE_COMMAND} -E echo
    "SKIPPED: verilator is not installed (scripts/packages installs it)")
  set_tests_properties(Rtl.EqualsTheModel PROPERTIES LABELS ${label_prefix}rtl
    SKIP_REGULAR_EXPRESSION SKIPPED)
  return()
endif()

escalate_verilate(bit_gather_8 bit_gather WIDTH=8 WORDS=1)
escalate_verilate(bit_gather_16 bit_gather WIDTH=16 WORDS=20)
escalate_verilate(bit_gather_32 bit_gather WIDTH=32 WORDS=2)
escalate_verilate(bit_gather_64 bit_gather WIDTH=64 WORDS=2)
escalate_verilate(bit_gather_128 bit_gather WIDTH=128 WORDS=2)

# PATTERN: see rtl/concentrator.sv.
set(pattern_l32 OFFSETS=5 LOOK_AHEAD=3 PATTERN=80'h01fe01ff030002000100)
set(pattern_t25 OFFSETS=7 LOOK_AHEAD=2 PATTERN=112'h010302fe020201ff010102000100)
set(pattern_none OFFSETS=0 LOOK_AHEAD=0 PATTERN=16'h0)
set(default_entries CHUNK=64 LANES=16 ENTRY_CHUNKS=4 SLOT_QUEUE_ROWS=12)
set(odd_entries CHUNK=24 LANES=5 ENTRY_CHUNKS=3 SLOT_QUEUE_ROWS=9)

escalate_verilate(dilution_default dilution ${default_entries})
escalate_verilate(dilution_small dilution CHUNK=8 LANES=1 ENTRY_CHUNKS=1 SLOT_QUEUE_ROWS=11)
escalate_verilate(dilution_odd dilution ${odd_entries})
escalate_verilate(concentrator_default concentrator LANES=16 ${pattern_l32})
escalate_verilate(concentrator_t25 concentrator LANES=7 ${pattern_t25})
escalate_verilate(concentrator_none concentrator LANES=4 ${pattern_none})
escalate_verilate(ca_unit_default ca_unit ${default_entries} ${pattern_l32} TAG_BITS=8)
escalate_verilate(ca_unit_odd ca_unit ${odd_entries} ${pattern_t25} TAG_BITS=8)

escalate_verilate(mac_unit_default mac_unit
  VALUE_BITS=16 MULTIPLIERS=5 KERNEL=3 LINE_BITS=6 COLUMN_BITS=9 NUMBER_BITS=12 TILE_BITS=4
  CHANNEL_BITS=8 WEIGHT_PORT=8)
escalate_verilate(mac_unit_single mac_unit
  VALUE_BITS=13 MULTIPLIERS=1 KERNEL=5 LINE_BITS=7 COLUMN_BITS=4 NUMBER_BITS=8 TILE_BITS=2
  CHANNEL_BITS=3 WEIGHT_PORT=8)
escalate_verilate(pe_row_default pe_row ${default_entries} ${pattern_l32} ELEMENT_QUEUE=4
  MULTIPLIERS=5 KERNEL=3 LINE_BITS=6 COLUMN_BITS=9 NUMBER_BITS=12 TILE_BITS=4 WEIGHT_PORT=8)
# A weight port narrower than the multipliers.
escalate_verilate(pe_row_odd pe_row ${odd_entries} ${pattern_t25} ELEMENT_QUEUE=1
  MULTIPLIERS=5 KERNEL=4 LINE_BITS=7 COLUMN_BITS=4 NUMBER_BITS=9 TILE_BITS=2 WEIGHT_PORT=2)

escalate_tests(rtl PROPERTY_CASES 300 DEPS escalate_verilated escalate_pe escalate_compress)
