/// @file workers.hpp
/// @brief Who does work that falls into independent parts: the compiler says what there is to do, its caller has the threads.
#pragma once

#include <cstddef>
#include <functional>

namespace zflow {

/// The default does everything itself.
class Workers {
   public:
    virtual ~Workers() = default;
    /// How many calls `run` can make at the same time.
    virtual size_t count() const { return 1; }
    /// Calls work(0) to work(n - 1) and returns when all of them have; work(0) on the caller's own thread. Some of them may
    /// begin only when others have ended. Throws what one of them has thrown.
    virtual void run(size_t n, const std::function<void(size_t)>& work) {
        for (size_t i = 0; i < n; i++) work(i);
    }
};

}  // namespace zflow
