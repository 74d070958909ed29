/// @file boxed.hpp
/// @brief An optional that takes no more room than a pointer as long as there is nothing in it.
#pragma once

#include <memory>

namespace zflow {

/// A value like any other: a copy has a box of its own.
template <typename T>
class Boxed {
   public:
    Boxed() = default;
    Boxed(const Boxed& other) : what_(other ? std::make_unique<T>(*other) : nullptr) {}
    Boxed(Boxed&&) noexcept = default;
    Boxed& operator=(const Boxed& other) { return *this = Boxed(other); }
    Boxed& operator=(Boxed&&) noexcept = default;

    T& emplace() { return *(what_ = std::make_unique<T>()); }
    explicit operator bool() const { return what_ != nullptr; }
    T& operator*() { return *what_; }
    const T& operator*() const { return *what_; }
    T* operator->() { return what_.get(); }
    const T* operator->() const { return what_.get(); }

   private:
    std::unique_ptr<T> what_;
};

}  // namespace zflow
