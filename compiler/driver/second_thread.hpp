/// @file second_thread.hpp
/// @brief A thread beside the main one, for what can be done at once.
#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

#include "template/template.hpp"

namespace zflow {

/// Started when it is first needed, and there until the end: a thread of its own for each piece of work would leave memory
/// behind each time (see allocation.cpp).
class SecondThread : public cfn::Executor {
   public:
    SecondThread() = default;
    ~SecondThread() override;
    SecondThread(const SecondThread&) = delete;
    SecondThread& operator=(const SecondThread&) = delete;

    /// `one` runs beside; where there can be no other thread, before.
    void both(const std::function<void()>& one, const std::function<void()>& other) override;

   private:
    bool begin(const std::function<void()>& work);
    void finish();
    void run();

    std::thread thread_;
    std::mutex mutex_;
    std::condition_variable changed_;
    const std::function<void()>* work_ = nullptr;   // being done, or to be done
    std::exception_ptr failure_;
    bool ends_ = false;
};

}  // namespace zflow
