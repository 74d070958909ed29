/// @file threads.hpp
/// @brief Workers that are threads of the operating system.
#pragma once

#include "base/workers.hpp"

namespace zflow {

/// As many as the processors that this process may use.
class Threads : public Workers {
   public:
    size_t count() const override;
    void run(size_t n, const std::function<void(size_t)>& work) override;
};

}  // namespace zflow
