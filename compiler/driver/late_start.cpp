#include "driver/late_start.hpp"

#include <utility>

extern "C" {

// the linker's: where the list begins and ends; without it both are null
using Initialiser = void (*)();
[[gnu::weak]] extern const Initialiser zflow_late_start[], zflow_late_start_end[];

}

namespace zflow {

void start_libraries() {
    static bool started = false;
    if (std::exchange(started, true)) return;
    for (const Initialiser* each = zflow_late_start; each != zflow_late_start_end; each++) (*each)();
}

}  // namespace zflow
