#include "show/show.hpp"
namespace zflow::show { void ir(const lower::Context&, Buffer&) {} void dot(const lower::Context&, Buffer&) {} void mermaid(const lower::Context&, Buffer&) {} }
