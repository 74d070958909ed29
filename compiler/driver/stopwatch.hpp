/// @file stopwatch.hpp
/// @brief How long each phase took, for `--timings`.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <string_view>
#include <utility>
#include <vector>

#include "driver/compile.hpp"

namespace zflow {

/// Time per phase, summed over the stacks, when somebody wants to know it.
class Stopwatch : public PhaseClock {
   public:
    explicit Stopwatch(bool runs) : runs_(runs) {
        if (runs_) last_ = std::chrono::steady_clock::now();
    }
    void end_of(std::string_view phase) override {
        if (!runs_) return;
        auto now = std::chrono::steady_clock::now();
        double ms = std::chrono::duration<double, std::milli>(now - last_).count();
        last_ = now;
        for (auto& [name, total] : phases_)
            if (name == phase) return void(total += ms);
        phases_.emplace_back(phase, ms);
    }
    void print() const {
        if (!runs_) return;
        double sum = 0;
        for (auto& [name, ms] : phases_) {
            fmt::print(stderr, "{:<8}{:>10.3f} ms\n", name, ms);
            sum += ms;
        }
        fmt::print(stderr, "{:<8}{:>10.3f} ms\n", "all", sum);
    }

   private:
    bool runs_;
    std::chrono::steady_clock::time_point last_;
    std::vector<std::pair<std::string_view, double>> phases_;
};

}  // namespace zflow
