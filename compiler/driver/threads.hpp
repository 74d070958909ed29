/// @file threads.hpp
/// @brief Workers that are threads of the operating system.
#pragma once

#include <memory>

#include "base/workers.hpp"

namespace zflow {

/// As many as the processors that this process may use. They begin when they are first needed and stay for more: a thread
/// that has worked has memory at hand.
class Threads : public Workers {
   public:
    Threads();
    ~Threads() override;
    Threads(const Threads&) = delete;
    Threads& operator=(const Threads&) = delete;
    size_t count() const override;
    /// Not from within `work`.
    void run(size_t n, const std::function<void(size_t)>& work) override;

   private:
    class Crew;
    mutable size_t count_ = 0;     ///< the system reads a file for it: 0 until somebody asks
    std::unique_ptr<Crew> crew_;   ///< none until there is work for a second thread
};

}  // namespace zflow
