#include "driver/threads.hpp"

#include <pthread.h>

#include <exception>
#include <thread>
#include <vector>

namespace zflow {

namespace {

/// What the first thread of a program usually has, whatever the limit is that other threads get theirs by: the compiler goes
/// as deep on each of them.
constexpr size_t stack_size = size_t{8} << 20;

struct Job {
    const std::function<void(size_t)>* work;
    size_t number;
    pthread_t thread{};
    bool started = false;
    std::exception_ptr problem{};

    void run() {
        try {
            (*work)(number);
        } catch (...) {
            problem = std::current_exception();
        }
    }
};

void* run_job(void* job) {
    static_cast<Job*>(job)->run();
    return nullptr;
}

}  // namespace

size_t Threads::count() const { return std::thread::hardware_concurrency(); }

void Threads::run(size_t n, const std::function<void(size_t)>& work) {
    std::vector<Job> jobs;
    for (size_t i = 0; i < n; i++) jobs.push_back({&work, i});
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, stack_size);
    for (size_t i = 1; i < n; i++) jobs[i].started = pthread_create(&jobs[i].thread, &attributes, run_job, &jobs[i]) == 0;
    pthread_attr_destroy(&attributes);
    for (Job& job : jobs)
        if (!job.started) job.run();   // the first, and those that the system had no thread for
    for (Job& job : jobs)
        if (job.started) pthread_join(job.thread, nullptr);
    for (Job& job : jobs)
        if (job.problem) std::rethrow_exception(job.problem);
}

}  // namespace zflow
