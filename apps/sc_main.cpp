#include <systemc>

// libsystemc refers to sc_main from its own main(). Our program has a main() of its own, so this is
// never called, but the linker wants it.
int sc_main(int /*argc*/, char* /*argv*/[]) { return 0; }
