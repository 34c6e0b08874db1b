// What the program's streams and signals have to be like before it does anything.
#pragma once

namespace escalate {

/// main() calls this first. A standard stream that is closed becomes one that can neither be read
/// nor written: the next file that is opened would take its place, and get what is printed. A
/// reader that goes away and a file that grows too large (SIGPIPE, SIGXFSZ) fail the write in place
/// of ending the program, which is left to say so and to finish its other files.
void prepare_standard_streams();

}  // namespace escalate
