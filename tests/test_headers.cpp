// Its precompiled headers are those of all tests (tests/CMakeLists.txt).
