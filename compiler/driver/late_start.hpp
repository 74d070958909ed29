/// @file late_start.hpp
/// @brief Static data of libraries that few calls need.
#pragma once

namespace zflow {

/// To be called before CLI11, yaml-cpp or a standard stream is used. It may be called again.
///
/// Their static data, and the streams and locales that both of them drag in, take half of the start of a program. Where the
/// linker can do that (CMakeLists.txt), their initialisers wait in a list of their own; elsewhere they have run before main.
void start_libraries();

}  // namespace zflow
