#include <cstdlib>

#include "driver/command_line.hpp"

#ifdef __GLIBC__
#include <malloc.h>

#include <climits>
#endif

namespace {

/// Memory that is free again stays for the next stack: a page that went back to the kernel would have to be cleared anew,
/// which costs more than filling it.
void keep_memory() {
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 32 << 20);   // the most that glibc takes
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
    mallopt(M_TOP_PAD, 256 << 10);
#endif
}

}  // namespace

int main(int argc, char** argv) {
    keep_memory();
    return zflow::run_command_line(argc, argv);
}
