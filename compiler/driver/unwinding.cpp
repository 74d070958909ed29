// Exceptions of a static program find their frames by the table that the linker sorted (--eh-frame-hdr).
//
// A static program of gcc's registers its frames at start instead, and sorts all of them when the first exception is thrown:
// 30 million instructions, more than most compiles take. The linker puts these functions in the place of those that
// register (--wrap, see CMakeLists.txt); with nothing registered the unwinder asks for the table, as in any other program.

extern "C" {

// the names are the linker's
void __wrap___register_frame_info(const void*, void*);
void* __wrap___deregister_frame_info(const void*);

void __wrap___register_frame_info(const void*, void*) {}
void* __wrap___deregister_frame_info(const void*) { return nullptr; }

}
