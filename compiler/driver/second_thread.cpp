#include "driver/second_thread.hpp"

#include <system_error>
#include <utility>

namespace zflow {

SecondThread::~SecondThread() {
    if (!thread_.joinable()) return;
    {
        std::lock_guard lock(mutex_);
        ends_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void SecondThread::both(const std::function<void()>& one, const std::function<void()>& other) {
    if (!begin(one)) return one(), other();
    try {
        other();
    } catch (...) {   // what `one` works on has to stay until it is done
        finish();
        throw;
    }
    finish();
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

bool SecondThread::begin(const std::function<void()>& work) {
    std::lock_guard lock(mutex_);
    if (!thread_.joinable()) {
        try {
            thread_ = std::thread([this] { run(); });
        } catch (const std::system_error&) {   // the system gives no more threads
            return false;
        }
    }
    work_ = &work;
    changed_.notify_all();
    return true;
}

void SecondThread::finish() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !work_; });
}

void SecondThread::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [&] { return work_ || ends_; });
        if (!work_) return;
        lock.unlock();
        std::exception_ptr failure;
        try {
            (*work_)();
        } catch (...) {
            failure = std::current_exception();
        }
        lock.lock();
        failure_ = failure;
        work_ = nullptr;
        changed_.notify_all();
    }
}

}  // namespace zflow
