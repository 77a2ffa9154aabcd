// A process that opens nothing from now on.
#pragma once

namespace sluice::backends::test {

// Every way to open a file, and sockets, answer EPERM; false where the system can't. Ends with the process.
bool open_nothing_more();

}  // namespace sluice::backends::test
