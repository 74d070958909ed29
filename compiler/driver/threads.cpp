#include "driver/threads.hpp"

#include <pthread.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace zflow {

namespace {

/// What the first thread of a program usually has, whatever the limit is that other threads get theirs by: the compiler goes
/// as deep on each of them.
constexpr size_t stack_size = size_t{8} << 20;

using Work = std::function<void(size_t)>;

}  // namespace

class Threads::Crew {
   public:
    ~Crew() {
        {
            std::lock_guard lock(mutex_);
            ended_ = true;
        }
        wake_.notify_all();
        for (pthread_t thread : threads_) pthread_join(thread, nullptr);
    }

    void run(size_t n, const Work& work) {
        {
            std::lock_guard lock(mutex_);
            work_ = &work;
            next_ = 1;
            unfinished_ = n;
            problems_.assign(n, nullptr);
        }
        hire(n - 1);
        wake_.notify_all();
        {
            std::unique_lock lock(mutex_);
            perform(0, lock);
            while (next_ < problems_.size()) perform(next_++, lock);   // also what the system had no thread for
            finished_.wait(lock, [&] { return unfinished_ == 0; });
        }
        for (const std::exception_ptr& problem : problems_)
            if (problem) std::rethrow_exception(problem);
    }

   private:
    /// The program's blocks come from pools of their own (allocation.cpp). What the C library itself allocates on a thread is a
    /// few bytes: they are not worth the 64 MiB of addresses that it would map for each.
    static void share_arena() {
#ifdef M_ARENA_MAX
        mallopt(M_ARENA_MAX, 1);
#endif
    }

    /// Threads until there are that many, or as many as the system gives.
    void hire(size_t most) {
        if (threads_.empty()) share_arena();
        pthread_attr_t attributes;
        pthread_attr_init(&attributes);
        pthread_attr_setstacksize(&attributes, stack_size);
        for (pthread_t thread; threads_.size() < most && pthread_create(&thread, &attributes, &Crew::live, this) == 0;) threads_.push_back(thread);
        pthread_attr_destroy(&attributes);
    }

    static void* live(void* crew) {
        static_cast<Crew*>(crew)->serve();
        return nullptr;
    }

    void serve() {
        std::unique_lock lock(mutex_);
        while (true) {
            wake_.wait(lock, [&] { return ended_ || next_ < problems_.size(); });
            if (ended_) return;
            perform(next_++, lock);
        }
    }

    /// Does one piece of the work, without the lock.
    void perform(size_t number, std::unique_lock<std::mutex>& lock) {
        std::exception_ptr problem;
        lock.unlock();
        try {
            (*work_)(number);
        } catch (...) {
            problem = std::current_exception();
        }
        lock.lock();
        problems_[number] = problem;
        if (--unfinished_ == 0) finished_.notify_one();
    }

    std::mutex mutex_;
    std::condition_variable wake_, finished_;
    std::vector<pthread_t> threads_;
    // what there is to do now
    const Work* work_ = nullptr;
    size_t next_ = 0;
    size_t unfinished_ = 0;
    std::vector<std::exception_ptr> problems_;   ///< one for each piece of work
    bool ended_ = false;
};

Threads::Threads() = default;
Threads::~Threads() = default;

size_t Threads::count() const {
    if (!count_) count_ = std::thread::hardware_concurrency();
    return count_;
}

void Threads::run(size_t n, const Work& work) {
    if (n <= 1) return Workers::run(n, work);
    if (!crew_) crew_ = std::make_unique<Crew>();
    crew_->run(n, work);
}

}  // namespace zflow
