# What of rtl/ is compared with the model, and for which parameters. Few and small: each costs
# compile time.
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

escalate_tests(rtl DEPS escalate_verilated escalate_pe escalate_workloads)
